import { describe, expect, test } from 'vitest';
import { describeFailure } from '../../src/core/api-failure.ts';
import { sendJson } from '../support/http-server.ts';
import type { Respond } from '../support/http-server.ts';
import { connect, ENTRIES, SECRET } from '../support/kore-client.ts';
import { MISBEHAVIOURS } from '../support/misbehaviour.ts';

describe('I8: neither token nor secret is in any outcome', () => {
  const echo: Respond = (request, response) => {
    const token = String(request.headers['auth']);
    sendJson(response, { errors: [{ msg: `bad token ${token} signed with ${SECRET}`, code: 4002 }] }, 401);
  };
  const echoInItem: Respond = (request, response) => {
    const token = String(request.headers['auth']);
    sendJson(response, [{ userInfo: { emailId: ENTRIES[0], status: 'failure', reason: `no ${token}` } }]);
  };
  const echoInField: Respond = (request, response) => {
    const userInfo = { emailId: ENTRIES[0], userId: 'u-1', firstName: SECRET, signedWith: SECRET };
    sendJson(response, [{ userInfo, token: request.headers['auth'] }]);
  };
  const echoAsPage: Respond = (request, response) =>
    response.end(`<p>${String(request.headers['auth'])}</p>`);
  const echoAsType: Respond = (request, response) =>
    response.writeHead(200, { 'content-type': `text/html; x=${String(request.headers['auth'])}` }).end('[]');
  const echoAsLocation: Respond = (request, response) =>
    response
      .writeHead(302, { location: `https://${String(request.headers['auth']).slice(0, 40)}.example` })
      .end();

  test.each([
    ...MISBEHAVIOURS.map(({ title, respond }) => [title, respond] as const),
    ['a refusal that quotes them', echo] as const,
    ['an item that quotes them', echoInItem] as const,
    ['fields of a user that quote them', echoInField] as const,
    ['a page that quotes them', echoAsPage] as const,
    ['a type that quotes them', echoAsType] as const,
    ['a redirect that quotes them', echoAsLocation] as const,
  ])('%s', async (_, respond) => {
    let token = '';
    const client = await connect((request, response) => {
      token = String(request.headers['auth']);
      respond(request, response);
    });
    const outcome = await client.fetchUsersInfo(ENTRIES, 'email');
    const words = JSON.stringify(outcome) + (outcome.ok ? '' : describeFailure(outcome.failure));
    const parts = token.split('.');
    expect(parts).toHaveLength(3);
    for (const leak of [SECRET, ...parts, ...parts.map((part) => part.slice(0, 20))]) {
      expect(words.toLowerCase()).not.toContain(leak.toLowerCase());
    }
  });
});

import { gzipSync } from 'node:zlib';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { sendJson } from '../support/http-server.ts';
import type { ReceivedRequest } from '../support/http-server.ts';
import { connect, ENTRIES, failureOf, fetchFrom, NOW, SECRET, start } from '../support/kore-client.ts';

describe('a call', () => {
  test('posts the entries with the filter that leaves nobody out', async () => {
    const requests: ReceivedRequest[] = [];
    const client = await connect((request, response) => {
      requests.push(request);
      sendJson(response, []);
    });
    await client.fetchUsersInfo(ENTRIES, 'email');
    await client.fetchUsersInfo(['o-1'], 'org_user_id');
    expect(requests.map(({ method, path, body }) => [method, path, JSON.parse(body) as unknown])).toEqual([
      ['POST', '/api/public/usersInfo', { emailIds: ENTRIES, status: 'all' }],
      ['POST', '/api/public/usersInfo', { orgUserIds: ['o-1'], status: 'all' }],
    ]);
    expect(requests[0]?.headers['content-type']).toBe('application/json');
  });

  test('carries a token of its own every time, in the header "auth"', async () => {
    const tokens: string[] = [];
    const client = await connect((request, response) => {
      tokens.push(String(request.headers['auth']));
      sendJson(response, []);
    });
    await client.fetchUsersInfo(ENTRIES, 'email');
    await client.fetchUsersInfo(ENTRIES, 'email');
    const verified = await Promise.all(
      tokens.map((token) => jwtVerify(token, new TextEncoder().encode(SECRET), { currentDate: NOW })),
    );
    expect(new Set(verified.map(({ payload }) => payload.jti)).size).toBe(2);
  });

  test('brings the answers in the order asked, and the clock of the server', async () => {
    const client = await connect((_, response) => {
      response.setHeader('date', 'Sun, 01 Mar 2026 02:03:04 GMT');
      sendJson(response, [
        { userInfo: { emailId: 'john@example.com', userId: 'u-2' } },
        { userInfo: { emailId: 'jane@example.com', userId: 'u-1' } },
      ]);
    });
    const outcome = await client.fetchUsersInfo(ENTRIES, 'email');
    expect(outcome).toMatchObject({
      ok: true,
      answers: {
        answers: [
          { kind: 'found', entry: ENTRIES[0] },
          { kind: 'found', entry: ENTRIES[1] },
        ],
      },
      serverDate: new Date('2026-03-01T02:03:04Z'),
      durationMs: expect.any(Number) as unknown,
    });
  });

  test('keeps its connection for the next', async () => {
    const ports = new Set<unknown>();
    const client = await connect((_, response) => {
      ports.add(response.socket?.remotePort);
      sendJson(response, []);
    });
    for (let call = 0; call < 3; call++) await client.fetchUsersInfo(ENTRIES, 'email');
    expect(ports.size).toBe(1);
  });

  test.each([
    ['compressed', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync('[]')],
    ['with a byte order mark', { 'content-type': 'application/json; charset=utf-8' }, '\ufeff[]'],
    ['as JSON of a kind', { 'content-type': 'application/problem+json' }, '[]'],
    ['of a type that claims nothing', { 'content-type': 'text/plain' }, '[]'],
    ['without a type', {}, '[]'],
  ] as const)('reads a reply %s', async (_, headers, body) => {
    const outcome = await fetchFrom((_request, response) => response.writeHead(200, headers).end(body));
    expect(outcome).toMatchObject({ ok: true, answers: { answers: [{}, {}] } });
  });
});

test('a redirect is not followed: the token does not travel', async () => {
  const visited: string[] = [];
  const elsewhere = await start((request, response) => {
    visited.push(request.path);
    sendJson(response, []);
  });
  const outcome = await fetchFrom((_, response) =>
    response.writeHead(307, { location: `${elsewhere.origin}/api/public/usersInfo` }).end(),
  );
  expect(failureOf(outcome).kind).toBe('redirect');
  expect(visited).toEqual([]);
});

test('nothing is asked twice: when to ask again is not for the transport to say', async () => {
  let count = 0;
  await fetchFrom((_, response) => {
    count++;
    response.writeHead(503, { 'retry-after': '0' }).end();
  });
  expect(count).toBe(1);
});

describe('cancelling', () => {
  test('a call under way ends as cancelled', async () => {
    const controller = new AbortController();
    const client = await connect(() => controller.abort());
    const outcome = await client.fetchUsersInfo(ENTRIES, 'email', controller.signal);
    expect(outcome).toEqual({ ok: false, failure: { kind: 'cancelled' } });
  });

  test('a call whose body is under way ends as cancelled', async () => {
    const controller = new AbortController();
    const client = await connect((_, response) => {
      response.writeHead(200).write('[', () => controller.abort(new Error(SECRET)));
    });
    const outcome = await client.fetchUsersInfo(ENTRIES, 'email', controller.signal);
    expect(outcome).toEqual({ ok: false, failure: { kind: 'cancelled' } });
  });

  test('a signal that is aborted already asks nobody', async () => {
    let count = 0;
    const client = await connect(() => count++);
    const outcome = await client.fetchUsersInfo(ENTRIES, 'email', AbortSignal.abort());
    expect(outcome).toEqual({ ok: false, failure: { kind: 'cancelled' } });
    expect(count).toBe(0);
  });
});

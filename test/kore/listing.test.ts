import { jwtVerify } from 'jose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure } from '../../src/core/api-failure.ts';
import { decideFailure } from '../../src/core/error-table.ts';
import { ALL_USER_ROLES } from '../../src/core/api.ts';
import { interpretListing } from '../../src/kore/listing.ts';
import type { ListingOutcome } from '../../src/kore/listing.ts';
import { sendJson } from '../support/http-server.ts';
import type { ReceivedRequest } from '../support/http-server.ts';
import { connect, failureOf, NOW, SECRET } from '../support/kore-client.ts';
import { MISBEHAVIOURS } from '../support/misbehaviour.ts';

const QUERY = { offset: 99, limit: 1_000 };

/** The documented sample of a user. */
const JOHN = {
  username: 'john.doe@example.com',
  orgUserId: 'o-3ac8e2b4',
  accountId: '5bb1a3c4',
  isDeveloper: true,
  canCreateBot: false,
  userId: 'u-575f1a2b',
  btRoles: [
    { roleId: '5bb1', roleName: 'Bot Tester', groups: [], botId: 'st-ac60', botName: 'dashboardtest' },
  ],
  adminRoles: [],
};

async function fetchPage(body: unknown): Promise<ListingOutcome> {
  return (await connect((_, response) => sendJson(response, body))).fetchListingPage(QUERY);
}

function interpret(text: string): ListingOutcome {
  const headers = { contentType: 'application/json', retryAfter: undefined, location: undefined };
  return interpretListing({ status: 200, ...headers, now: NOW, text });
}

describe('a page of the listing', () => {
  test('is asked for with GET, an offset in users, and a token of its own every time', async () => {
    const requests: ReceivedRequest[] = [];
    const client = await connect((request, response) => {
      requests.push(request);
      sendJson(response, { total: 0, availableMore: false, users: [] });
    });
    await client.fetchListingPage(QUERY);
    await client.fetchListingPage(QUERY);
    expect(requests.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual(
      Array(2).fill('GET /api/public/alluserroles?limit=1000&offset=99 '),
    );
    const verified = await Promise.all(
      requests.map(({ headers }) =>
        jwtVerify(String(headers['auth']), new TextEncoder().encode(SECRET), { currentDate: NOW }),
      ),
    );
    expect(new Set(verified.map(({ payload }) => payload.jti)).size).toBe(2);
  });

  test('holds who is there, and not what they may do', async () => {
    expect(await fetchPage({ total: 1, availableMore: false, users: [JOHN] })).toEqual({
      ok: true,
      page: {
        total: 1,
        availableMore: false,
        users: [{ key: 'u-575f1a2b', username: 'john.doe@example.com', orgUserId: 'o-3ac8e2b4' }],
      },
    });
  });

  test('counts users of a surprising form, and tells them apart by whatever they have', async () => {
    const users = [
      { userId: 'u-1', username: 7, orgUserId: null },
      { userId: ' ', orgUserId: ' o-2 ' },
      { username: 'c@example.com' },
      { name: 'Dee' },
      null,
    ];
    expect(await fetchPage({ total: '5', availableMore: 'no', users })).toEqual({
      ok: true,
      page: {
        total: 5,
        availableMore: undefined,
        users: [
          { key: 'u-1' },
          { key: 'o-2', orgUserId: 'o-2' },
          { key: 'c@example.com', username: 'c@example.com' },
          { key: '{"name":"Dee"}' },
          { key: 'null' },
        ],
      },
    });
  });

  test.each([
    ['without a total', { availableMore: false, users: [JOHN] }],
    ['with a total that is no count', { total: -1, availableMore: false, users: [JOHN] }],
    ['without users', { total: 1, availableMore: false }],
    ['that is a list', [JOHN]],
  ])('%s is none', async (_, body) => {
    expect(failureOf(await fetchPage(body))).toEqual({
      kind: 'unknown',
      status: 200,
      message: 'no listing with total and users',
    });
  });

  test('whatever the body, is a page or a failure', () => {
    const anything = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string(),
      fc
        .record(
          { total: fc.jsonValue(), availableMore: fc.jsonValue(), users: fc.array(fc.jsonValue()) },
          { requiredKeys: [] },
        )
        .map((body) => JSON.stringify(body)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const outcome = interpret(text);
        if (!outcome.ok) return;
        expect(outcome.page.total).toBeGreaterThanOrEqual(0);
        for (const { key } of outcome.page.users) expect(key.length).toBeLessThanOrEqual(320);
      }),
    );
  });
});

describe('a page that fails', () => {
  // What is no answer to one API may be one to the other.
  const failures = MISBEHAVIOURS.filter(({ title }) => title !== 'users under the type of a page');

  test.each(failures)('$title: $failure.kind, $action', async ({ respond, failure, action }) => {
    const client = await connect(respond);
    const seen = failureOf(await client.fetchListingPage(QUERY));
    expect(seen.kind).toBe(failure.kind);
    const context = { attempt: 1, random: Math.random, batchSize: 2, api: ALL_USER_ROLES };
    expect(decideFailure(seen, context).action).toBe(action);
  });

  test('gives nothing away of token and secret, whatever quotes them', async () => {
    let token = '';
    const client = await connect((request, response) => {
      token = String(request.headers['auth']);
      sendJson(response, { total: 1, users: [{ userId: token, username: SECRET }], signed: token });
    });
    const page = JSON.stringify(await client.fetchListingPage(QUERY));
    const refusing = await connect((request, response) => {
      token = String(request.headers['auth']);
      sendJson(response, { errors: [{ msg: `${token} ${SECRET}`, code: 4002 }] }, 401);
    });
    const failure = describeFailure(failureOf(await refusing.fetchListingPage(QUERY)));
    for (const leak of [SECRET, token, ...token.split('.')]) {
      expect(page).not.toContain(leak);
      expect(failure).not.toContain(leak);
    }
  });

  test('is cancelled by its signal', async () => {
    const controller = new AbortController();
    const client = await connect(() => controller.abort());
    expect(failureOf(await client.fetchListingPage(QUERY, controller.signal))).toEqual({ kind: 'cancelled' });
  });

  test('names the scope, the method and the name of its own API in what to do', () => {
    const adviceOn = (failure: Parameters<typeof decideFailure>[0], attempt = 1) => {
      const decision = decideFailure(failure, {
        attempt,
        random: () => 0,
        batchSize: 1,
        api: ALL_USER_ROLES,
      });
      return decision.action === 'stop' ? decision.advice : decision.action;
    };
    const scope = '"Profile Management > Role Management"';
    expect(adviceOn({ kind: 'unauthorized', reason: 'scope' })).toContain(`Give the app the scope ${scope}`);
    expect(adviceOn({ kind: 'unauthorized', reason: 'invalid_credentials' })).toContain(scope);
    expect(adviceOn({ kind: 'forbidden' })).toContain(scope);
    expect(adviceOn({ kind: 'not_found' }, 3)).toContain('no alluserroles API');
    expect(adviceOn({ kind: 'method_not_allowed' })).toContain('does not take GET for alluserroles');
    expect(adviceOn({ kind: 'encrypted' }, 2)).toContain('Get User Roles Details');
  });
});

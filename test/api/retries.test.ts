import { expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/fault.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { startNights } from '../support/night.ts';
import { expectAccounted, readUnanswered } from '../support/receipts.ts';

/** Every wait is 0 ms: full jitter of nothing. */
const AT_ONCE = { random: () => 0 };
const ONE_BY_ONE = { ...LOOSE_GUARD, BATCH_SIZE: '1' };
const RATE_LIMIT = 'Rate limit for this API has been reached. Please try again after some time.';

/** What may befall a call and be over when it is made again, by the words that name it in an address. */
const PASSING: Readonly<Record<string, Fault['does']>> = {
  'replayed-token': 'replayed_token',
  'not-found': 'not_found',
  'request-timeout': { status: 408 },
  teapot: { status: 418 },
  'rate-limited-429': { status: 429, retryAfter: 0 },
  'rate-limited-200': { status: 200, msg: RATE_LIMIT, code: 429, retryAfter: 0 },
  'rate-limited-400': { status: 400, msg: RATE_LIMIT, retryAfter: 0 },
  'rate-limited-401': { status: 401, msg: RATE_LIMIT, retryAfter: 0 },
  'rate-limited-503': { status: 503, msg: RATE_LIMIT, retryAfter: 0 },
  'rate-limited-date': { status: 429, retryAfter: 'Thu, 01 Jan 2015 00:00:00 GMT' },
  'server-error': 'server_error',
  'bad-gateway': 'bad_gateway',
  unavailable: 'unavailable',
  'unavailable-at-once': { status: 503, retryAfter: 0 },
  'gateway-timeout': { status: 504 },
  'error-in-a-success': { status: 200, msg: 'Internal error', code: 500 },
  page: 'not_json',
  truncated: 'truncate',
  empty: 'empty_body',
  'no-content': { status: 204, body: '' },
  'wrong-type': 'wrong_content_type',
  'unknown-object': { status: 200, body: { users: [] } },
  null: { status: 200, body: 'null' },
  encrypted: 'encrypted',
  redirect: 'redirect',
  reset: 'reset',
  'reset-in-the-body': 'reset_after_headers',
};

function addressOf(name: string): string {
  return `${name}@example.com`;
}

function makePeople(names: readonly string[]): Tenant {
  const tenant = new Tenant();
  for (const name of names) {
    tenant.addPerson({ email: addressOf(name) });
    tenant.grant(addressOf(name), 'Tester', 'Leave');
  }
  return tenant;
}

test('a failure that passes is met by asking again, and everybody is answered', async () => {
  const names = Object.keys(PASSING);
  const well = names.map((name) => `well-${name}`);
  const tenant = makePeople([...names, ...well]);
  const nights = await startNights(tenant);
  for (const [name, does] of Object.entries(PASSING)) {
    nights.server.faults.add({ name, on: { entries: [addressOf(name)], attempts: 'first' }, does });
  }
  const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
  expectAllFired(nights.server);
  expect(nights.server.faults.list.filter(({ fired }) => fired !== 1)).toEqual([]);
  expect(nights.server.calls.usersInfo).toBe(2 * names.length + well.length);
  await expectAccounted(nights, run, names.length + well.length);
  expect(await nights.query('SELECT email FROM directory.users')).toHaveLength(2 * names.length);
});

test('a platform that restarts is waited for, though for a moment it looks like a wrong address', async () => {
  const nights = await startNights(makePeople(['ann', 'bob', 'cid']));
  // In the order in which they befall each call: the first added is the first met.
  nights.server.faults.add({ on: { attempts: 4 }, does: 'unavailable' });
  for (const does of ['redirect', 'not_found', 'encrypted'] as const) {
    nights.server.faults.add({ on: { attempts: 'first' }, does });
  }
  const run = await nights.run({ env: LOOSE_GUARD, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
  expectAllFired(nights.server);
});

/** What stays, how often it is tried in all, and the word for it in the reason. */
const STAYING = [
  { does: 'bad_request', attempts: 1, reason: 'bad_request, HTTP 400' },
  { does: 'invalid_arguments', attempts: 1, reason: 'precondition_failed, HTTP 412' },
  { does: 'too_large', attempts: 1, reason: 'too_large, HTTP 413' },
  { does: 'server_error', attempts: 6, reason: 'server_error, HTTP 500' },
  { does: 'unavailable', attempts: 10, reason: 'unavailable, HTTP 503' },
  { does: 'not_json', attempts: 5, reason: 'not_json, HTTP 200: "Sign in"' },
  { does: 'truncate', attempts: 5, reason: 'truncated' },
  { does: 'empty_body', attempts: 5, reason: 'empty, HTTP 200' },
  { does: 'wrong_content_type', attempts: 5, reason: 'wrong_content_type, HTTP 200' },
  { does: 'reset', attempts: 6, reason: 'reset, ECONNRESET' },
] as const;

test('a failure that stays is given up after its attempts, for the one entry it befalls', async () => {
  const well = Array.from({ length: 40 }, (_, index) => `well-${index}`);
  const poisoned = STAYING.map(({ does }) => does.replaceAll('_', '-'));
  const tenant = makePeople([...poisoned, ...well]);
  const nights = await startNights(tenant);
  const placed = STAYING.map(({ does }) =>
    nights.server.faults.add({ on: { entries: [addressOf(does.replaceAll('_', '-'))] }, does }),
  );
  const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', answers: { found: 40, absent: 0, unanswered: 10 } });
  await expectAccounted(nights, run, 50);
  expect(placed.map(({ fired }) => fired)).toEqual(STAYING.map(({ attempts }) => attempts));
  const seen = await readUnanswered(nights, run.runId);
  const expected = STAYING.map(({ does, reason, attempts }) => ({
    entry: addressOf(does.replaceAll('_', '-')),
    reason: expect.stringMatching(new RegExp(`^${reason}.*\\(attempt ${attempts}\\)$`)) as unknown,
  }));
  expect(seen).toEqual(expected.sort((a, b) => (a.entry < b.entry ? -1 : 1)));
});

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SyncError } from '../../src/core/errors.ts';
import { exitCodeOfError } from '../../src/core/exit-code.ts';
import { createKoreClient } from '../../src/kore/client.ts';
import { createTokenMint } from '../../src/kore/token.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { startTenant } from '../../src/simulator/server.ts';
import { takePlace } from '../../src/store/budget.ts';
import type { OpenedRun } from '../../src/store/open-run.ts';
import type { SyncContext } from '../../src/sync/context.ts';
import { startRun, type ListingOptions } from '../../src/sync/start-run.ts';
import { BatchesUnderWay } from '../../src/sync/under-way.ts';
import {
  makePeople,
  startListingServer,
  type ListingBehaviour,
  type ListingServer,
} from '../support/listing-server.ts';
import { recordLog } from '../support/log-record.ts';
import { LOST_QUEUE } from '../support/lost-queue.ts';
import { startNights } from '../support/night.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

const SECRET = 'MARKER-secret-8f3a';
const CLIENT_ID = 'cs-1';

interface Starter {
  start(options?: ListingOptions & { key?: string }): Promise<OpenedRun>;
}

let store: TestStore;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() => emptyStore(store));
afterAll(() => store.close());

/** Runs opened with everybody whom that host lists. */
function openStarter(
  host: string,
  differences: Partial<SyncContext> = {},
  credentials = { clientId: CLIENT_ID, clientSecret: SECRET },
): Starter {
  const kore = createKoreClient({
    host,
    mint: createTokenMint(credentials),
    secrets: [credentials.clientSecret],
    timeouts: { responseMs: 5_000 },
  });
  onTestFinished(() => kore.close());
  const context: SyncContext = {
    database: store.database,
    // What is enqueued is nobody's business here: the sweep would enqueue it again.
    queues: LOST_QUEUE,
    account: { host, clientId: credentials.clientId },
    kore,
    rateLimits: [],
    batchesUnderWay: new BatchesUnderWay(),
    guardLimits: {
      maxRemovedPercent: 5,
      maxRevokedPercent: 5,
      maxGrantedPercent: 5,
      maxAdminChanges: 5,
      minCoveragePercent: 5,
    },
    // The shortest of all possible waits.
    random: () => 0,
    alertRules: [],
    channels: new Map(),
    watcher: null,
    log: recordLog(),
    ...differences,
  };
  return {
    start: ({ key = 'manual-1', ...options } = {}) =>
      startRun(
        context,
        {
          key,
          trigger: 'manual',
          dryRun: false,
          account: { host, clientId: credentials.clientId },
          batchSize: 50,
          rosterName: 'kore:alluserroles',
          openRoster: null,
          readCanaries: () => Promise.resolve([]),
        },
        options,
      ),
  };
}

async function loadEntries(): Promise<string[]> {
  const rows = await store.query<{ entry: string }>('SELECT unnest(entries) AS entry FROM batch_entries');
  return rows.map(({ entry }) => entry).sort();
}

function addressesOf({ people }: Pick<ListingServer, 'people'>): string[] {
  return people.map(({ username }) => username.toLowerCase()).sort();
}

/** The error of an opening, which must be thrown on purpose and have written nothing. */
async function refusalOf(starter: Starter): Promise<SyncError> {
  const error: unknown = await starter.start().then(
    () => new Error('expected an error, but the run was opened'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SyncError)) throw error;
  expect(await store.query('SELECT FROM runs')).toEqual([]);
  expect(await store.query('SELECT FROM account WHERE host IS NOT NULL')).toEqual([]);
  return error;
}

test('nights with everybody whom the account lists: the views say what the account says', async () => {
  const tenant = populateTenant({ people: 300, seed: 'listed' });
  const nights = await startNights(tenant);
  const guard = { GUARD_MAX_REMOVED_PERCENT: '50', GUARD_MAX_REVOKED_PERCENT: '50' };
  for (let night = 1; night <= 2; night += 1) {
    const run = await nights.run({
      roster: [],
      env: { ...guard, GUARD_MAX_GRANTED_PERCENT: '50', ROSTER: 'kore:alluserroles' },
    });
    expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
    expect(run.roster).toEqual({ entries: tenant.people.length, rejected: 0, duplicates: 0 });
    const users = await nights.query<{ user_id: string; email: string; in_roster: boolean }>(
      'SELECT user_id, email, in_roster FROM directory.users WHERE removed_at IS NULL',
    );
    const truth = tenant.people.map((person) => ({
      user_id: person.userId,
      email: person.email.trim().toLowerCase(),
      in_roster: true,
    }));
    expect(users).toHaveLength(truth.length);
    expect(users).toEqual(expect.arrayContaining(truth));
    tenant.advanceNight();
  }
});

describe('a listing', () => {
  test('of several pages holds everybody', async () => {
    const tenant = populateTenant({ people: 2_345, seed: 'pages' });
    const server = await startTenant({ tenant });
    onTestFinished(() => server.close());
    const starter = openStarter(server.url, {}, server);
    const progress: number[] = [];
    await starter.start({ onListed: (listed, total) => progress.push(listed, total) });
    expect(await loadEntries()).toEqual(tenant.people.map(({ email }) => email.toLowerCase()).sort());
    expect(server.calls.allUserRoles).toBe(3);
    expect(progress).toEqual([1_000, 2_345, 1_999, 2_345, 2_345, 2_345]);
  });

  test('goes on from what it was given where the server gives less than it was asked for', async () => {
    const server = await startListingServer(makePeople(120), { cap: 50 });
    const starter = openStarter(server.origin);
    await starter.start();
    expect(await loadEntries()).toEqual(addressesOf(server));
    expect(server.calls.map(({ offset }) => offset)).toEqual([0, 49, 98]);
  });

  test('asks by org user id, one per call, about whoever has no address, and rejects whoever has neither', async () => {
    const server = await startListingServer([
      ...makePeople(3),
      { userId: 'u-4', username: 'kiosk', orgUserId: 'o-4' },
      { userId: 'u-5', username: 'robot' },
      { userId: 'u-6', username: 'kiosk 2', orgUserId: 'o-6' },
    ]);
    const starter = openStarter(server.origin);
    await starter.start();
    expect(
      await store.query(
        'SELECT entry_kind, entries FROM batches JOIN batch_entries USING (run_id, no) ORDER BY no',
      ),
    ).toEqual([
      { entry_kind: 'email', entries: addressesOf({ people: makePeople(3) }) },
      { entry_kind: 'org_user_id', entries: ['o-4'] },
      { entry_kind: 'org_user_id', entries: ['o-6'] },
    ]);
    expect(await store.query('SELECT line, reason, text FROM rejected_entries')).toEqual([
      {
        line: 5,
        reason: 'username is not an email address: it has no @; orgUserId is empty',
        text: 'robot',
      },
    ]);
  });

  test('asks again after a failure, with a fresh token', async () => {
    const server = await startListingServer(makePeople(120), {
      cap: 50,
      refuse: ({ no }) => (no % 2 === 1 ? [500, 'boom'] : null),
    });
    const log = recordLog();
    const starter = openStarter(server.origin, { log });
    await starter.start();
    expect(await loadEntries()).toEqual(addressesOf(server));
    expect(server.calls.map(({ offset }) => offset)).toEqual([0, 0, 49, 49, 98, 98]);
    expect(new Set(server.calls.map(({ token }) => token)).size).toBe(6);
    expect(log.lines[0]?.message).toBe(
      '[kore:alluserroles] at offset 0: server_error, HTTP 500: "boom"; asked again in 0 s',
    );
  });

  test('falls back to small pages where large ones are refused, and stays with them', async () => {
    const server = await startListingServer(makePeople(120), {
      refuse: ({ limit }) => (limit > 50 ? [400, 'limit'] : null),
    });
    const starter = openStarter(server.origin);
    await starter.start();
    expect(await loadEntries()).toEqual(addressesOf(server));
    expect(server.calls.map(({ limit }) => limit)).toEqual([1_000, 50, 50, 50]);
  });

  test('starts again where somebody left under its hands', async () => {
    const server = await startListingServer(makePeople(120), {
      cap: 50,
      change: (_, { no }) => {
        if (no === 1) server.people = server.people.slice(1);
      },
    });
    const starter = openStarter(server.origin);
    await starter.start();
    expect(await loadEntries()).toEqual(addressesOf(server));
    expect(server.calls.map(({ offset }) => offset)).toEqual([0, 49, 0, 49, 98]);
  });

  test('is made by one process, whose run the others join', async () => {
    const log = recordLog();
    const waits = log.untilLine(/another process lists the account/);
    const server = await startListingServer(makePeople(120), { untilSent: () => waits });
    const starter = openStarter(server.origin, { log });
    const [first, second] = await Promise.all([
      starter.start({ key: 'manual-1' }),
      starter.start({ key: 'manual-2' }),
    ]);
    expect(first.runId).toBe(second.runId);
    expect([first.openedHere, second.openedHere].filter(Boolean)).toHaveLength(1);
    expect(server.calls).toHaveLength(1);
  });

  test('is not made of an account to which the database does not belong', async () => {
    const server = await startListingServer(makePeople(3));
    const starter = openStarter(server.origin);
    await store.query(
      `UPDATE account SET host = 'https://other.example.com', client_id = 'cs-2', pinned_at = now()`,
    );
    await store.query(
      `INSERT INTO runs (key, trigger, status, as_of, published_at, coverage)
       VALUES ('manual-0', 'manual', 'published', now(), now(), 1)`,
    );
    await expect(starter.start()).rejects.toMatchObject({ code: 'ACCOUNT_MISMATCH' });
    expect(server.calls).toEqual([]);
  });
});

describe('the budget of the account', () => {
  test('holds the calls of a listing apart', async () => {
    const windowMs = 100;
    const server = await startListingServer(makePeople(120), { cap: 50 });
    const starter = openStarter(server.origin, { rateLimits: [{ calls: 1, windowMs }] });
    await starter.start();
    expect(server.calls).toHaveLength(3);
    const gaps = server.calls.slice(1).map(({ at }, index) => at - (server.calls[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(windowMs);
  });

  test('is waited for until the run is interrupted', async () => {
    const server = await startListingServer(makePeople(3));
    const rateLimits = [{ calls: 1, windowMs: 3_600_000 }];
    const starter = openStarter(server.origin, { rateLimits });
    await takePlace(store.database, rateLimits);
    const controller = new AbortController();
    const opening = starter.start({ signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.calls).toEqual([]);
    expect(await store.query('SELECT FROM runs')).toEqual([]);
  });
});

describe('an incomplete listing opens no run', () => {
  const CASES: readonly (readonly [
    title: string,
    behaviour: ListingBehaviour,
    seen: RegExp,
    calls: number,
  ])[] = [
    [
      'that breaks off',
      { cap: 50, change: (page, { offset }) => offset > 0 && (page.users = []) },
      /3 times in a row: it ends after 50 users and counts 120\./,
      6,
    ],
    [
      'that gives its first page again and again',
      { cap: 50, change: (page) => ((page.users = makePeople(50)), (page.availableMore = false)) },
      /repeats a page instead of going on after 50 users/,
      6,
    ],
    [
      'that shrinks while it is read',
      { cap: 50, change: (page, { no }) => (page.total = 120 - no) },
      /counts \d+ users, and counted \d+ before/,
      6,
    ],
    [
      'that names somebody twice and somebody else not at all',
      {
        change: (page) => {
          page.users = page.users.map((user, index) => page.users[index === 7 ? 8 : index] ?? user);
        },
      },
      /has somebody twice within 120 users/,
      3,
    ],
    [
      'that promises more than there is',
      { change: (page) => (page.availableMore = true) },
      /says that more are available after all 120 users, and has no more/,
      6,
    ],
    [
      'of which a page fails after all attempts',
      {
        cap: 50,
        refuse: ({ offset }) => (offset > 0 ? [500, 'boom'] : null),
      },
      /broke off at offset 49: server_error, HTTP 500.* \(attempt 6\)/,
      // Pages of the usual size, then small ones.
      13,
    ],
  ];

  test.each(CASES)('%s', async (_, behaviour, seen, calls) => {
    const server = await startListingServer(makePeople(120), behaviour);
    const starter = openStarter(server.origin);
    const error = await refusalOf(starter);
    expect(error.code).toBe('ROSTER_INCOMPLETE');
    expect(exitCodeOfError(error.code)).toBe(1);
    expect(error.message).toMatch(seen);
    expect(error.message).toMatch(/^The roster kore:alluserroles .*set ROSTER to a file\. No run was opened/);
    expect(server.calls).toHaveLength(calls);
  });

  test('for an account that refuses calls until the day after, and may be asked again', async () => {
    const server = await startTenant();
    onTestFinished(() => server.close());
    server.faults.add({ on: { operation: 'allUserRoles' }, does: { status: 429, retryAfter: 100_000 } });
    const { code, message } = await refusalOf(openStarter(server.url, {}, server));
    expect(code).toBe('KORE_UNREACHABLE');
    expect(message).toContain('not to be asked again for 24.0 hours');
  });

  test('for want of the scope, and says which one', async () => {
    const server = await startTenant({ scope: 'missing' });
    onTestFinished(() => server.close());
    const starter = openStarter(server.url, {}, server);
    const { code, message } = await refusalOf(starter);
    expect(code).toBe('KORE_REFUSED');
    expect(message).toContain('Give the app the scope "Profile Management > Role Management"');
  });

  test('and tells nothing of token and secret, whatever the server says', async () => {
    const server = await startListingServer([], {
      refuse: ({ token }) => [500, `no ${token} ${SECRET}`],
    });
    const log = recordLog();
    const { message } = await refusalOf(openStarter(server.origin, { log }));
    const told = JSON.stringify([message, log.lines]);
    expect(server.calls.length).toBeGreaterThan(1);
    for (const leak of [SECRET, ...server.calls.flatMap(({ token }) => token.split('.'))]) {
      expect(told).not.toContain(leak);
    }
  });

  test('but does not stand in the way of the next', async () => {
    const server = await startListingServer(makePeople(120), {
      change: (page, { no }) => no <= 3 && (page.total = 7),
    });
    const starter = openStarter(server.origin);
    await refusalOf(starter);
    await starter.start({ key: 'manual-2' });
    expect(await loadEntries()).toEqual(addressesOf(server));
  });

  test('of an account without anybody is an empty roster', async () => {
    const starter = openStarter((await startListingServer([])).origin);
    const error = await refusalOf(starter);
    expect(error.code).toBe('ROSTER_EMPTY');
    expect(error.message).toMatch(/^The roster kore:alluserroles has no valid entry: it is empty/);
  });
});

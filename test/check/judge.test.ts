import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeAccount } from '../../src/check/account.ts';
import { judgeClock, judgeLookup } from '../../src/check/api.ts';
import { judgeRights, judgeServer as judgeDatabase } from '../../src/check/database.ts';
import { judgeDisk } from '../../src/check/disk.ts';
import { checkNodeVersion } from '../../src/check/node-version.ts';
import { judgeMemory, judgePersistence, judgeServer as judgeRedis } from '../../src/check/queue.ts';
import { assumeSize, judgeListedRoster, judgeNight, judgeRoster } from '../../src/check/roster.ts';
import type { UnauthorizedReason } from '../../src/core/api-failure.ts';

const ASKED = new Date('2026-11-21T02:00:00.000Z');

/** A call of 200 ms to a server whose clock differs from ours by so much. */
function lookAt(offsetS: number) {
  const answeredAt = new Date(ASKED.getTime() + 200);
  const middleMs = ASKED.getTime() + 100 + offsetS * 1000;
  // A Date header is cut to the second.
  const serverDate = new Date(Math.floor(middleMs / 1000) * 1000);
  const outcome = { ok: false, failure: { kind: 'unknown' }, serverDate } as const;
  return { outcome, askedAt: ASKED, answeredAt };
}

describe('the version of Node.js', () => {
  test.each([
    ['v18.20.8', 'failed'],
    ['v20.18.3', 'failed'],
    ['v20.19.0', 'ok'],
    ['v21.7.3', 'warning'],
    ['v22.11.0', 'failed'],
    ['v22.12.0', 'ok'],
    ['v23.1.0', 'warning'],
    ['v24.0.0', 'ok'],
    ['v26.3.1', 'ok'],
  ])('%s is %s', (version, status) => {
    expect(checkNodeVersion(version).status).toBe(status);
  });
});

describe('the clock', () => {
  test.each([
    [0, 'ok'],
    [-29, 'ok'],
    [40, 'warning'],
    [-290, 'warning'],
    [310, 'failed'],
    [-86_400, 'failed'],
  ])('of a server %s s ahead of ours is %s', (offsetS, status) => {
    expect(judgeClock(lookAt(offsetS)).status).toBe(status);
  });

  test('is never called wrong for what a slow call and a header without fractions can explain', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (durationMs, share) => {
          const answeredAt = new Date(ASKED.getTime() + durationMs);
          const serverMs = ASKED.getTime() + durationMs * share;
          const serverDate = new Date(Math.floor(serverMs / 1000) * 1000);
          const outcome = { ok: false, failure: { kind: 'unknown' }, serverDate } as const;
          expect(judgeClock({ outcome, askedAt: ASKED, answeredAt }).status).toBe('ok');
        },
      ),
    );
  });

  test('that is off says which way, by how much, and what tokens allow', () => {
    expect(judgeClock(lookAt(-600)).seen).toBe("600 s ahead of the server's; tokens allow 5 minutes");
    expect(judgeClock(lookAt(600)).seen).toBe("600 s behind the server's; tokens allow 5 minutes");
  });
});

describe('one lookup', () => {
  const judge = (reason: UnauthorizedReason) =>
    judgeLookup(
      {
        outcome: { ok: false, failure: { kind: 'unauthorized', reason, status: 401 }, serverDate: ASKED },
        askedAt: ASKED,
        answeredAt: ASKED,
        isRostered: true,
      },
      'https://kore.example',
    ).map(({ requirement, status }) => `${requirement} ${status}`);

  test('that is refused for its token says nothing of the scope', () => {
    expect(judge('invalid_credentials')).toEqual([
      'Kore.ai ok',
      'clock ok',
      'token failed',
      'scope not_tried',
      'lookup not_tried',
    ]);
  });

  test('that is refused for its scope had a good token', () => {
    expect(judge('scope')).toEqual([
      'Kore.ai ok',
      'clock ok',
      'token ok',
      'scope failed',
      'lookup not_tried',
    ]);
  });
});

const REDIS = {
  version: '7.2.4',
  isReplica: false,
  isCluster: false,
  evictionPolicy: 'noeviction',
  appendOnly: true,
  snapshots: '',
  canRunScripts: true,
};

describe('Redis', () => {
  test.each([
    [{}, 'ok'],
    [{ isReplica: true }, 'failed'],
    [{ isCluster: true }, 'failed'],
    [{ canRunScripts: false }, 'failed'],
    [{ version: '6.0.16' }, 'failed'],
    [{ version: '6.2.0' }, 'ok'],
    [{ version: null }, 'ok'],
  ])('with %j is %s', (facts, status) => {
    expect(judgeRedis({ ...REDIS, ...facts }).status).toBe(status);
  });

  test.each([
    ['noeviction', 'ok'],
    ['allkeys-lru', 'failed'],
    [null, 'warning'],
  ])('with the eviction policy %s is %s', (evictionPolicy, status) => {
    expect(judgeMemory({ ...REDIS, evictionPolicy }).status).toBe(status);
  });

  test.each([
    [{ appendOnly: true }, 'ok'],
    [{ appendOnly: false, snapshots: '3600 1' }, 'ok'],
    [{ appendOnly: false, snapshots: '' }, 'warning'],
    [{ appendOnly: false, snapshots: null }, 'warning'],
  ])('that persists by %j is %s: PostgreSQL alone is enough to go on', (facts, status) => {
    expect(judgePersistence({ ...REDIS, ...facts }).status).toBe(status);
  });
});

const POSTGRES = {
  version: '16.4',
  encoding: 'UTF8',
  readOnly: false,
  bytes: 10_000_000,
  user: 'kore_sync',
  canCreateSchemas: true,
  canCreateTables: true,
  canCreateTemporaryTables: true,
  foreignRelations: 0,
  strangerRelations: 0,
  isMade: true,
};

describe('the database', () => {
  test.each([
    [{ readOnly: true }, 'takes no writes'],
    [{ encoding: 'SQL_ASCII' }, 'SQL_ASCII'],
    [{ strangerRelations: 3 }, '3 tables of something else'],
  ])('with %j will not do', (facts, words) => {
    expect(judgeDatabase({ ...POSTGRES, ...facts }, 'PostgreSQL')?.seen).toContain(words);
  });

  test('that takes writes in UTF-8 and is ours will do', () => {
    expect(judgeDatabase(POSTGRES, 'PostgreSQL')).toBeNull();
  });

  test('names all rights that are missing at once', () => {
    const facts = { ...POSTGRES, canCreateSchemas: false, canCreateTables: false };
    expect(judgeRights(facts).seen).toBe(
      'kore_sync lacks CREATE on the database (for schemas directory and bullmq) and CREATE on schema public',
    );
    expect(judgeRights({ ...POSTGRES, foreignRelations: 2 }).status).toBe('failed');
    expect(judgeRights(POSTGRES).status).toBe('ok');
  });
});

describe('the disk', () => {
  const GIB = 1024 ** 3;

  test.each([
    [{ free: 1.1, database: 0.01, entries: 1_000 }, 'ok'],
    // The data again, for the largest rewrite.
    [{ free: 5, database: 4.5, entries: 1_000 }, 'warning'],
    [{ free: 6, database: 4.5, entries: 1_000 }, 'ok'],
    // A baseline that is still to come.
    [{ free: 5, database: 0.01, entries: 1_000_000 }, 'warning'],
    [{ free: 0.2, database: 0.01, entries: 0 }, 'failed'],
  ])('with %j GiB is %s', ({ free, database, entries }, status) => {
    expect(judgeDisk(free * GIB, database * GIB, entries, '/data').status).toBe(status);
  });
});

describe('the account', () => {
  const kore = { host: 'https://kore.example', clientId: 'cs-1' };

  test.each([
    [null, 'ok'],
    [{ host: 'https://kore.example', clientId: 'cs-1', binding: true }, 'ok'],
    [{ host: 'https://kore.example', clientId: 'cs-2', binding: false }, 'ok'],
    [{ host: 'https://kore.example', clientId: 'cs-2', binding: true }, 'failed'],
    [{ host: 'https://other.example', clientId: 'cs-1', binding: true }, 'failed'],
  ])('pinned as %j is %s', (pinned, status) => {
    expect(judgeAccount(pinned, kore).status).toBe(status);
  });
});

describe('the roster', () => {
  const tally = (valid: number, rejected: number) => ({
    valid,
    rejected,
    firstRejected: Array.from({ length: Math.min(rejected, 5) }, (_, index) => ({
      line: index + 2,
      reason: 'is empty',
    })),
    first: null,
  });

  test('without a valid entry fails, and says that nobody would be removed', () => {
    expect(judgeRoster(tally(0, 0), null)).toMatchObject({ status: 'failed', seen: 'holds no entry' });
    expect(judgeRoster(tally(0, 1), null).seen).toBe('holds no valid entry: line 2 is empty');
  });

  test('names the first rejected lines and counts the others', () => {
    expect(judgeRoster(tally(1_000, 7), assumeSize(990)).seen).toBe(
      '990 entries, 10 duplicates, 7 rejected: line 2 is empty; line 3 is empty; line 4 is empty; line 5 is empty; line 6 is empty; and 2 more',
    );
  });

  test('of one entry is said in the singular', () => {
    expect(judgeRoster(tally(2, 0), assumeSize(1)).seen).toBe('1 entry, 1 duplicate, none rejected');
    expect(judgeRoster(tally(1, 0), null).seen).toMatch(/^1 valid line \(/);
    expect(judgeListedRoster(1).seen).toBe('the account lists 1 user');
  });
});

describe('the time of a night', () => {
  const LIMITS = [
    { calls: 60, windowMs: 60_000 },
    { calls: 1_800, windowMs: 3_600_000 },
  ];

  test('counts one call for each org user id, and for people who left the roster', () => {
    const size = { emails: 101, orgUserIds: 3, unrosteredEmails: 51, unrosteredOrgUserIds: 1 };
    expect(judgeNight(size, LIMITS, { batchSize: 50 }).seen).toBe(
      '9 API calls, 52 known people who left the roster included, at the limits within a minute',
    );
  });

  test('of one call for one person who left is said in the singular', () => {
    const size = { emails: 0, orgUserIds: 0, unrosteredEmails: 1, unrosteredOrgUserIds: 0 };
    expect(judgeNight(size, LIMITS, { batchSize: 50 }).seen).toMatch(
      /^1 API call, 1 known person who left the roster included,/,
    );
  });

  test('of more than a day is said beforehand', () => {
    expect(judgeNight(assumeSize(100_000), LIMITS, { batchSize: 50 }).status).toBe('ok');
    expect(judgeNight(assumeSize(100_000), LIMITS, { batchSize: 1 }).status).toBe('warning');
    expect(judgeNight(assumeSize(100_000), [], { batchSize: 1 }).status).toBe('ok');
  });
});

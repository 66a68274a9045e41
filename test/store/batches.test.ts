import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../src/core/observation.ts';
import {
  countPendingBatches,
  isFetched,
  loadPendingBatch,
  loadPendingBatches,
  postponeBatch,
  saveAnswers,
  splitBatches,
  type Receipt,
} from '../../src/store/batches.ts';
import { openRun } from '../../src/store/open-run.ts';
import { newRun } from '../support/new-run.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

const PEOPLE = [
  'ann@example.com',
  'bob@example.com',
  'cid@example.com',
  'dee@example.com',
  'eve@example.com',
];

const FAILED = { as: 'server_error', seen: 'server_error, HTTP 500', isOwn: true };

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

beforeEach(() => emptyStore(store));

async function openBatches(batchSize: number, entries = PEOPLE): Promise<string> {
  const { runId } = await openRun(store.database, newRun(entries, { batchSize }));
  return runId;
}

function receipt(found: number, absent = 0, unanswered = 0): Receipt {
  return { found, absent, unanswered, ignored: 0, durationMs: 12 };
}

function answered(runId: string, no: number, counts: Receipt, observations: readonly Observation[] = []) {
  return saveAnswers(store.database, { runId, no }, { status: 'answered', receipt: counts }, observations);
}

describe('a pending batch', () => {
  test('is handed out with its entries in order, and with nothing known of people never seen', async () => {
    const runId = await openBatches(2);
    const batch = await loadPendingBatch(store.database, runId, 1);
    expect(batch).toMatchObject({ entryKind: 'email', attempts: 0 });
    expect(batch?.entries).toEqual(
      ['ann@example.com', 'bob@example.com'].map((entry) => ({
        entry,
        userId: null,
        current: false,
        email: null,
        hash: null,
        lastLogin: null,
        shared: false,
      })),
    );
  });

  test('is handed out with what is known of its people, and with who shares a user', async () => {
    await store.query(`
      INSERT INTO users (id, user_id, email, hash, removed_at, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
      VALUES (1, 'u-1', 'ann@example.com', '\\xabcd', NULL, true, true, true, true, now()),
             (2, 'u-2', 'cid@example.com', '\\x1234', now(), true, true, true, true, now());
      INSERT INTO last_logins VALUES (1, '2026-03-01T08:00:00.125Z');
      INSERT INTO addresses (entry, entry_kind, person_id, absent, in_roster)
      VALUES ('ann@example.com', 'email', 1, false, true), ('bob@example.com', 'email', 1, false, true),
             ('cid@example.com', 'email', 2, true, true), ('dee@example.com', 'email', NULL, true, true)`);
    const runId = await openBatches(5);
    const batch = await loadPendingBatch(store.database, runId, 1);
    const ann = {
      userId: 'u-1',
      current: true,
      email: 'ann@example.com',
      hash: 'abcd',
      lastLogin: '2026-03-01T08:00:00.125Z',
      shared: true,
    };
    expect(batch?.entries).toMatchObject([
      { entry: 'ann@example.com', ...ann },
      { entry: 'bob@example.com', ...ann },
      { entry: 'cid@example.com', userId: 'u-2', current: false, hash: '1234', shared: false },
      { entry: 'dee@example.com', userId: null, current: false, shared: false },
      { entry: 'eve@example.com', userId: null, current: false, shared: false },
    ]);
  });

  test('is nobody’s when it is answered, when it never was, and when its run has ended', async () => {
    const runId = await openBatches(3);
    expect(await loadPendingBatch(store.database, runId, 3)).toBeUndefined();
    await answered(runId, 1, receipt(3));
    expect(await loadPendingBatch(store.database, runId, 1)).toBeUndefined();
    expect(await loadPendingBatch(store.database, runId, 2)).toBeDefined();
    await store.query(`UPDATE runs SET status = 'failed'`);
    expect(await loadPendingBatch(store.database, runId, 2)).toBeUndefined();
  });

  test('that is put back counts the attempt and is due when it was told to be', async () => {
    const runId = await openBatches(5);
    await postponeBatch(store.database, { runId, no: 1 }, 3_600_000, FAILED);
    const due = await loadPendingBatches(store.database, runId, 0, 10);
    expect(due).toMatchObject([{ no: 1, attempts: 1 }]);
    expect(due[0]?.delayMs).toBeGreaterThan(3_500_000);
    expect(due[0]?.delayMs).toBeLessThanOrEqual(3_600_000);
    expect(await loadPendingBatch(store.database, runId, 1)).toMatchObject({
      attempts: 1,
      ownFailures: 1,
      lastFailure: 'server_error',
    });
  });

  test('that is put back for the account’s sake has failed, but not by its own fault', async () => {
    const runId = await openBatches(5);
    const failed = { as: 'rate_limited', seen: 'rate_limited, HTTP 429', isOwn: false };
    await postponeBatch(store.database, { runId, no: 1 }, 0, failed);
    expect(await loadPendingBatch(store.database, runId, 1)).toMatchObject({
      attempts: 1,
      ownFailures: 0,
      lastFailure: 'rate_limited',
    });
  });

  test('is found page by page', async () => {
    const runId = await openBatches(1);
    await answered(runId, 2, receipt(1));
    const pages = [
      await loadPendingBatches(store.database, runId, 0, 2),
      await loadPendingBatches(store.database, runId, 3, 2),
    ];
    expect(pages.map((page) => page.map(({ no }) => no))).toEqual([
      [1, 3],
      [4, 5],
    ]);
    expect(await countPendingBatches(store.database, runId)).toBe(4);
  });
});

describe('the answers of a batch', () => {
  const ABSENT: Observation = { answer: 'absent', entry: 'ann@example.com', reason: 'User not found.' };
  const FOUND: Observation = {
    answer: 'found',
    entry: 'bob@example.com',
    userId: 'u-2',
    snapshot: { snapshot: { userId: 'u-2', email: 'bob@example.com' }, hash: 'abcd' },
    lastLogin: '2026-03-01T08:00:00.125Z',
  };
  const STORED = `SELECT entry, answer::text, user_id, email, encode(hash, 'hex') AS hash, snapshot, last_login, reason
                    FROM observations ORDER BY entry`;

  test('are stored together with its receipt', async () => {
    const runId = await openBatches(2);
    expect(await answered(runId, 1, receipt(1, 1), [ABSENT, FOUND])).toBe(true);
    expect(await store.query(STORED)).toEqual([
      {
        entry: 'ann@example.com',
        answer: 'absent',
        user_id: null,
        email: null,
        hash: null,
        snapshot: null,
        last_login: null,
        reason: 'User not found.',
      },
      {
        entry: 'bob@example.com',
        answer: 'found',
        user_id: 'u-2',
        email: 'bob@example.com',
        hash: 'abcd',
        snapshot: { userId: 'u-2', email: 'bob@example.com' },
        last_login: new Date('2026-03-01T08:00:00.125Z'),
        reason: null,
      },
    ]);
    const [batch] = await store.query(
      'SELECT status, attempts, found, absent, unanswered FROM batches WHERE no = 1',
    );
    expect(batch).toEqual({ status: 'answered', attempts: 1, found: 1, absent: 1, unanswered: 0 });
  });

  test('are those of whoever came first, though ten come at once', async () => {
    // I3
    const runId = await openBatches(2);
    const rivals = Array.from({ length: 10 }, (_, index) =>
      answered(runId, 1, receipt(0, 2), [
        { answer: 'absent', entry: 'ann@example.com', reason: `rival ${index}` },
        { answer: 'absent', entry: 'bob@example.com', reason: `rival ${index}` },
      ]),
    );
    const won = (await Promise.all(rivals)).indexOf(true);
    expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
    expect(await store.query('SELECT DISTINCT reason FROM observations')).toEqual([
      { reason: `rival ${won}` },
    ]);
    expect(await answered(runId, 1, receipt(2))).toBe(false);
  });

  test('are not stored at all where the receipt does not account for every entry', async () => {
    // I10
    const runId = await openBatches(2);
    await expect(answered(runId, 1, receipt(0, 1), [ABSENT])).rejects.toThrow(/batches_receipt/);
    expect(await store.query(STORED)).toEqual([]);
    expect(await loadPendingBatch(store.database, runId, 1)).toMatchObject({ attempts: 0 });
  });
});

describe('a batch that is split', () => {
  async function entriesOf(runId: string, batches: readonly number[]) {
    const loaded = await Promise.all(batches.map((no) => loadPendingBatch(store.database, runId, no)));
    return loaded.map((batch) => batch?.entries.map(({ entry }) => entry));
  }

  test('is replaced by pieces of the size that is asked for, to be asked from the start', async () => {
    const runId = await openBatches(5);
    await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED);
    const pieces = await splitBatches(store.database, runId, 2, { no: 1 });
    expect(pieces).toEqual([2, 3, 4]);
    expect(await entriesOf(runId, pieces)).toEqual([PEOPLE.slice(0, 2), PEOPLE.slice(2, 4), PEOPLE.slice(4)]);
    expect(await loadPendingBatch(store.database, runId, 2)).toMatchObject({ attempts: 0 });
    expect(await loadPendingBatch(store.database, runId, 1)).toBeUndefined();
  });

  test('is split once, and not below one entry', async () => {
    const runId = await openBatches(2);
    const rivals = [1, 1, 1].map((no) => splitBatches(store.database, runId, 1, { no }));
    expect((await Promise.all(rivals)).flat()).toHaveLength(2);
    expect(await splitBatches(store.database, runId, 1, { no: 3 })).toEqual([]);
    expect(await loadPendingBatch(store.database, runId, 3)).toBeDefined();
  });

  test('beside others at the same time gets numbers of its own', async () => {
    const entries = Array.from({ length: 16 }, (_, index) => `${index + 10}@example.com`);
    const runId = await openBatches(2, entries);
    const pieces = await Promise.all(
      Array.from({ length: 8 }, (_, index) => splitBatches(store.database, runId, 1, { no: index + 1 })),
    );
    expect(new Set(pieces.flat()).size).toBe(16);
    expect((await entriesOf(runId, pieces.flat())).flat().sort()).toEqual(entries);
  });

  test('may take every larger one with it, but none that is answered', async () => {
    const runId = await openBatches(2);
    await answered(runId, 1, receipt(2));
    const pieces = await splitBatches(store.database, runId, 1, 'all');
    expect(await entriesOf(runId, pieces)).toEqual([['cid@example.com'], ['dee@example.com']]);
    expect(await countPendingBatches(store.database, runId)).toBe(3);
  });

  test('is not in until every piece is', async () => {
    const runId = await openBatches(5);
    const [first = 0, second = 0] = await splitBatches(store.database, runId, 3, { no: 1 });
    expect(await isFetched(store.database, runId)).toBe(false);
    await answered(runId, first, receipt(3));
    expect(await isFetched(store.database, runId)).toBe(false);
    await answered(runId, second, receipt(2));
    expect(await isFetched(store.database, runId)).toBe(true);
  });
});

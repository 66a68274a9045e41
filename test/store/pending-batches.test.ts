import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postponeBatch } from '../../src/store/batches.ts';
import { loadPendingBatches } from '../../src/store/pending-batches.ts';
import {
  answerBatch,
  FAILED,
  lengthenStretches,
  loadPendingBatch,
  openBatches,
  receipt,
} from '../support/batches.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

beforeEach(() => emptyStore(store));

describe('a pending batch', () => {
  test('is handed out with its entries in order, and with nothing known of people never seen', async () => {
    const runId = await openBatches(store, 2);
    const batch = await loadPendingBatch(store, runId, 1);
    expect(batch).toMatchObject({ runId, no: 1, entryKind: 'email', attempts: 0 });
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
    const ann = {
      userId: 'u-1',
      current: true,
      email: 'ann@example.com',
      hash: 'abcd',
      lastLogin: '2026-03-01T08:00:00.125Z',
      shared: true,
    };
    const known = [
      { entry: 'ann@example.com', ...ann },
      { entry: 'bob@example.com', ...ann },
      {
        entry: 'cid@example.com',
        userId: 'u-2',
        current: false,
        hash: '1234',
        lastLogin: null,
        shared: false,
      },
      { entry: 'dee@example.com', userId: null, current: false, lastLogin: null, shared: false },
      { entry: 'eve@example.com', userId: null, current: false, lastLogin: null, shared: false },
    ];
    const together = await openBatches(store, 5);
    expect((await loadPendingBatch(store, together, 1))?.entries).toMatchObject(known);

    // Whoever shares a user may be asked about in another batch of the stretch, or in no batch at all.
    await store.query(`UPDATE runs SET status = 'failed'; UPDATE runs SET key = 'together'`);
    const apart = await openBatches(store, 1);
    await lengthenStretches(store, apart, 8);
    const batches = await loadPendingBatches(store.database, { runId: apart, no: 1, attempt: 0 });
    expect(batches.map(({ no }) => no)).toEqual([1, 2, 3, 4, 5]);
    expect(batches.flatMap(({ entries }) => entries)).toMatchObject(known);
  });

  test('is nobody’s when it is answered, when it never was, and when its run has ended', async () => {
    const runId = await openBatches(store, 3);
    expect(await loadPendingBatch(store, runId, 3)).toBeUndefined();
    await answerBatch(store, runId, 1, receipt(3));
    expect(await loadPendingBatch(store, runId, 1)).toBeUndefined();
    expect(await loadPendingBatch(store, runId, 2)).toBeDefined();
    await store.query(`UPDATE runs SET status = 'failed'`);
    expect(await loadPendingBatch(store, runId, 2)).toBeUndefined();
  });

  test('that was put back is that of its next attempt alone, with what became of the last', async () => {
    const runId = await openBatches(store, 5);
    await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED);
    expect(await loadPendingBatch(store, runId, 1)).toBeUndefined();
    expect(await loadPendingBatch(store, runId, 1, 1)).toMatchObject({
      attempts: 1,
      ownFailures: 1,
      lastFailure: 'server_error',
    });
  });

  test('that was put back for the account’s sake has failed, but not by its own fault', async () => {
    const runId = await openBatches(store, 5);
    const failed = { as: 'rate_limited', seen: 'rate_limited, HTTP 429', isOwn: false };
    await postponeBatch(store.database, { runId, no: 1 }, 0, failed);
    expect(await loadPendingBatch(store, runId, 1, 1)).toMatchObject({
      attempts: 1,
      ownFailures: 0,
      lastFailure: 'rate_limited',
    });
  });
});

describe('the batches of a stretch', () => {
  test('are those that were never tried and are not in; one that failed is alone, also where it was the first', async () => {
    const runId = await openBatches(store, 1);
    await lengthenStretches(store, runId, 4);
    const load = async (no: number, attempt = 0) =>
      (await loadPendingBatches(store.database, { runId, no, attempt })).map((batch) => batch.no);
    expect(await load(1)).toEqual([1, 2, 3, 4]);
    expect(await load(5)).toEqual([5]);
    // As a version enqueues it that knows no stretches: two that overlap would both ask.
    expect(await load(2)).toEqual([2]);
    const some = await loadPendingBatches(store.database, { runId, no: 1, attempt: 0 }, 2);
    expect(some.map(({ no }) => no)).toEqual([1, 2]);
    await answerBatch(store, runId, 2, receipt(1));
    await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED);
    expect(await load(1)).toEqual([3, 4]);
    expect(await load(1, 1)).toEqual([1]);
  });

  test('tell whom the run asks, and for how long they refuse calls', async () => {
    const runId = await openBatches(store, 2);
    await store.query(`UPDATE account SET blocked_until = clock_timestamp() + interval '1 hour'`);
    const batches = await loadPendingBatches(store.database, { runId, no: 1, attempt: 0 });
    expect(batches).toMatchObject([{ account: { host: 'https://kore.example.com', clientId: 'cs-1' } }]);
    expect(batches[0]?.account.blockedMs).toBeGreaterThan(3_500_000);
  });
});

import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import type { ObservedBatch } from '../../src/sync/observe-batch.ts';
import { UnsavedAnswers } from '../../src/sync/unsaved-answers.ts';
import { openBatches, receipt } from '../support/batches.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

beforeEach(() => emptyStore(store));

/** One that counts as so many snapshots. */
function observed(runId: string, no: number, snapshots: number): ObservedBatch {
  return {
    runId,
    outcome: { no, status: 'answered', receipt: receipt(1), observations: [] },
    drift: [],
    snapshots,
  };
}

async function listAnswered(): Promise<number[]> {
  const rows = await store.query<{ no: number }>(
    `SELECT no FROM batches WHERE status = 'answered' ORDER BY no`,
  );
  return rows.map(({ no }) => no);
}

const untilSomebodyWaitsForALock = (): Promise<void> =>
  vi.waitFor(async () => {
    const waiting = await store.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(waiting).toHaveLength(1);
  }, 10_000);

describe('answers that are not stored yet', () => {
  test('are gathered until they make a piece, or until somebody asks for it', async () => {
    const runId = await openBatches(store, 1);
    const unsaved = new UnsavedAnswers(store);
    await unsaved.add(observed(runId, 1, 100));
    expect(unsaved.isGathering).toBe(true);
    await unsaved.add(observed(runId, 2, 100));
    expect(unsaved.isGathering).toBe(false);
    await vi.waitFor(async () => expect(await listAnswered()).toEqual([1, 2]), 10_000);

    await unsaved.add(observed(runId, 3, 0));
    expect(await listAnswered()).toEqual([1, 2]);
    await unsaved.save();
    expect(await listAnswered()).toEqual([1, 2, 3]);
  });

  test('are gathered while the piece before is being stored, and no further than a piece', async () => {
    // I11
    const runId = await openBatches(store, 1);
    const unsaved = new UnsavedAnswers(store);
    const gathered: number[] = [];
    const add = async (no: number, snapshots: number): Promise<void> => {
      await unsaved.add(observed(runId, no, snapshots));
      gathered.push(no);
    };

    const third = await inTransaction(store.database.pool, async (connection) => {
      await connection.query('SELECT FROM batches WHERE no = 1 FOR UPDATE');
      await add(1, 200);
      await untilSomebodyWaitsForALock();
      await add(2, 199);
      const waiting = add(3, 1);
      // Time enough for it, were nothing in its way.
      await store.query('SELECT');
      expect(gathered).toEqual([1, 2]);
      return { waiting };
    });
    await third.waiting;
    await unsaved.save();
    expect(await listAnswered()).toEqual([1, 2, 3]);
  });

  test('are stored where the piece before was refused, and whoever waits for them hears of it', async () => {
    const runId = await openBatches(store, 1);
    await store.query(
      `ALTER TABLE batches ADD CONSTRAINT planted CHECK (no <> 1 OR status <> 'answered') NOT VALID`,
    );
    onTestFinished(async () => {
      await store.query('ALTER TABLE batches DROP CONSTRAINT planted');
    });
    const unsaved = new UnsavedAnswers(store);
    await unsaved.add(observed(runId, 1, 200));
    await expect(unsaved.add(observed(runId, 2, 200))).rejects.toThrow(/planted/);
    await expect(unsaved.save()).rejects.toThrow(/planted/);
    expect(await listAnswered()).toEqual([2]);
  });
});

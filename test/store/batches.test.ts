import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  countDueJobs,
  countPendingBatches,
  isFetched,
  isPending,
  loadDueJobs,
  postponeBatch,
  splitBatches,
} from '../../src/store/batches.ts';
import {
  answerBatch,
  FAILED,
  lengthenStretches,
  loadPendingBatch,
  openBatches,
  PEOPLE,
  receipt,
} from '../support/batches.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

type SplitArguments = [runId: string, maxSize: number, only: { readonly no: number } | 'all'];

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

beforeEach(() => emptyStore(store));

describe('a batch that is put back', () => {
  test('is due when it was told to be, by a job of its next attempt', async () => {
    const runId = await openBatches(store, 5);
    const job = await postponeBatch(store.database, { runId, no: 1 }, 3_600_000, FAILED);
    expect(job).toEqual({ no: 1, attempt: 1, delayMs: 3_600_000 });
    const due = await loadDueJobs(store.database, runId, undefined, 10);
    expect(due).toMatchObject([{ no: 1, attempt: 1 }]);
    expect(due[0]?.delayMs).toBeGreaterThan(3_500_000);
    expect(due[0]?.delayMs).toBeLessThanOrEqual(3_600_000);
  });

  test('by two at once has one job for both, of the attempt it has come to', async () => {
    const runId = await openBatches(store, 5);
    const jobs = [
      await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED),
      await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED),
    ];
    expect(jobs.map((job) => job?.attempt)).toEqual([1, 2]);
    expect(await loadDueJobs(store.database, runId, undefined, 10)).toMatchObject([{ no: 1, attempt: 2 }]);
  });

  test('needs no job where somebody else has answered it', async () => {
    const runId = await openBatches(store, 5);
    await answerBatch(store, runId, 1, receipt(5));
    expect(await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED)).toBeUndefined();
  });
});

describe('a batch', () => {
  test('is pending until it is in or its run has ended', async () => {
    const runId = await openBatches(store, 2);
    expect(await isPending(store.database, { runId, no: 1 })).toBe(true);
    await answerBatch(store, runId, 1, receipt(2));
    expect(await isPending(store.database, { runId, no: 1 })).toBe(false);
    await store.query(`UPDATE runs SET status = 'failed'`);
    expect(await isPending(store.database, { runId, no: 2 })).toBe(false);
  });
});

describe('the jobs of a run', () => {
  const due = async (runId: string, after?: { no: number; attempt: number }, limit = 10) =>
    (await loadDueJobs(store.database, runId, after, limit)).map(({ no, attempt }) => [no, attempt]);

  test('are one per pending batch, found page by page', async () => {
    const runId = await openBatches(store, 1);
    await answerBatch(store, runId, 2, receipt(1));
    expect(await due(runId, undefined, 2)).toEqual([
      [1, 0],
      [3, 0],
    ]);
    expect(await due(runId, { no: 3, attempt: 0 }, 2)).toEqual([
      [4, 0],
      [5, 0],
    ]);
    expect(await countPendingBatches(store.database, runId)).toBe(4);
    expect(await countDueJobs(store.database, runId)).toBe(4);
  });

  test('are one per stretch that has batches never tried, and one per batch that was', async () => {
    const runId = await openBatches(store, 1);
    await lengthenStretches(store, runId, 2);
    await answerBatch(store, runId, 1, receipt(1));
    await postponeBatch(store.database, { runId, no: 3 }, 0, FAILED);
    const jobs = [
      [1, 0],
      [3, 0],
      [3, 1],
      [5, 0],
    ];
    expect(await due(runId)).toEqual(jobs);
    expect(await countDueJobs(store.database, runId)).toBe(jobs.length);
    // A page may end between the two jobs of one number.
    expect([...(await due(runId, undefined, 2)), ...(await due(runId, { no: 3, attempt: 0 }))]).toEqual(jobs);
    await answerBatch(store, runId, 4, receipt(1));
    expect(await due(runId)).toEqual(jobs.filter(([no, attempt]) => no !== 3 || attempt !== 0));
  });
});

describe('a batch that is split', () => {
  /** The numbers of the pieces: each is asked about by a job of its own. */
  async function splitBatch(...[runId, maxSize, only]: SplitArguments): Promise<number[]> {
    const jobs = await splitBatches(store.database, runId, maxSize, only);
    return jobs.map(({ no }) => no);
  }

  async function entriesOf(runId: string, batches: readonly number[]) {
    const loaded = await Promise.all(batches.map((no) => loadPendingBatch(store, runId, no)));
    return loaded.map((batch) => batch?.entries.map(({ entry }) => entry));
  }

  test('is replaced by pieces of the size that is asked for, to be asked from the start', async () => {
    const runId = await openBatches(store, 5);
    await postponeBatch(store.database, { runId, no: 1 }, 0, FAILED);
    const pieces = await splitBatch(runId, 2, { no: 1 });
    expect(pieces).toEqual([2, 3, 4]);
    expect(await entriesOf(runId, pieces)).toEqual([PEOPLE.slice(0, 2), PEOPLE.slice(2, 4), PEOPLE.slice(4)]);
    expect(await loadPendingBatch(store, runId, 2)).toMatchObject({ attempts: 0 });
    expect(await loadPendingBatch(store, runId, 1)).toBeUndefined();
  });

  test('is split once, and not below one entry', async () => {
    const runId = await openBatches(store, 2);
    const rivals = [1, 1, 1].map((no) => splitBatch(runId, 1, { no }));
    expect((await Promise.all(rivals)).flat()).toHaveLength(2);
    expect(await splitBatch(runId, 1, { no: 3 })).toEqual([]);
    expect(await loadPendingBatch(store, runId, 3)).toBeDefined();
  });

  test('beside others at the same time gets numbers of its own', async () => {
    const entries = Array.from({ length: 16 }, (_, index) => `${index + 10}@example.com`);
    const runId = await openBatches(store, 2, entries);
    const pieces = await Promise.all(
      Array.from({ length: 8 }, (_, index) => splitBatch(runId, 1, { no: index + 1 })),
    );
    expect(new Set(pieces.flat()).size).toBe(16);
    expect((await entriesOf(runId, pieces.flat())).flat().sort()).toEqual(entries);
  });

  test('may take every larger one with it, but none that is answered', async () => {
    const runId = await openBatches(store, 2);
    await answerBatch(store, runId, 1, receipt(2));
    const pieces = await splitBatch(runId, 1, 'all');
    expect(await entriesOf(runId, pieces)).toEqual([['cid@example.com'], ['dee@example.com']]);
    expect(await countPendingBatches(store.database, runId)).toBe(3);
  });

  test('is not in until every piece is', async () => {
    const runId = await openBatches(store, 5);
    const [first = 0, second = 0] = await splitBatch(runId, 3, { no: 1 });
    expect(await isFetched(store.database, runId)).toBe(false);
    await answerBatch(store, runId, first, receipt(3));
    expect(await isFetched(store.database, runId)).toBe(false);
    await answerBatch(store, runId, second, receipt(2));
    expect(await isFetched(store.database, runId)).toBe(true);
  });

  test('leaves its stretch to the others: the pieces have one of their own, and so have those of the next', async () => {
    const runId = await openBatches(store, 1, ['ann@example.com', 'bob@example.com']);
    await store.query(
      `UPDATE batches SET size = 2; UPDATE batch_entries SET entries = ARRAY['a' || no, 'b' || no]; UPDATE runs SET batches_per_job = 4`,
    );
    expect(await splitBatch(runId, 1, { no: 1 })).toEqual([5]);
    expect(await splitBatch(runId, 1, { no: 2 })).toEqual([9]);
    expect(await store.query(`SELECT no FROM batches WHERE status = 'pending' ORDER BY no`)).toEqual(
      [5, 6, 9, 10].map((no) => ({ no })),
    );
  });
});

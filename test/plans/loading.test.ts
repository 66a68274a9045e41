import { expect, test } from 'vitest';
import { openRun } from '../../src/store/open-run.ts';
import { loadPendingBatches, type PendingBatch } from '../../src/store/pending-batches.ts';
import { publishRun } from '../../src/store/publish/publish.ts';
import { lengthenStretches } from '../support/batches.ts';
import { planFirstNight } from '../support/first-night.ts';
import { newRun } from '../support/new-run.ts';
import { openStore, type TestStore } from '../support/store.ts';
import { countReads } from './reads.ts';

const PEOPLE = 5_000;
const BATCH_SIZE = 50;
/** Four of everybody asked about (two of them addresses). */
const ROWS_PER_ENTRY = 5;
/** Where they are few, all batches may be read. */
const ALL_BATCHES = PEOPLE / BATCH_SIZE;
/** From 17 on PostgreSQL finds neighbours in one search of an index, before that in one for each. */
const SEARCHES_PER_ENTRY = { before17: 5, since17: 1 };
/** A connection may choose another plan at the sixth. */
const JOBS = 8;

test.each([1, 4, 12])(
  'what one job asks about is loaded by reading the rows of its people, and nobody else’s: %i batches',
  async (batchesPerJob) => {
    // One connection, so that the transaction begun here is the one that loads.
    const store = await openStore(1);
    const { database, query } = store;
    await publishRun(database, await planFirstNight(store, PEOPLE));
    const roster = Array.from({ length: PEOPLE }, (_, n) => `${n + 1}@example.com`);
    const { runId } = await openRun(database, newRun(roster, { key: 'second', batchSize: BATCH_SIZE }));
    await lengthenStretches(store, runId, batchesPerJob);
    const searches = SEARCHES_PER_ENTRY[(await isSince17(store)) ? 'since17' : 'before17'];
    const asked = batchesPerJob * BATCH_SIZE;

    for (let job = 0; job < JOBS; job++) {
      const no = 1 + job * batchesPerJob;
      let batches: readonly PendingBatch[] = [];
      await query('BEGIN');
      const read = await countReads(database.pool, async () => {
        batches = await loadPendingBatches(database, { runId, no, attempt: 0 });
      });
      await query('COMMIT');
      expect(batches.flatMap(({ entries }) => entries).filter(({ current }) => current)).toHaveLength(asked);
      expect(read.rows).toBeGreaterThan(asked);
      expect(read.rows).toBeLessThan(ROWS_PER_ENTRY * asked + ALL_BATCHES);
      expect(read.searches).toBeLessThan(searches * asked);
    }
  },
);

async function isSince17({ query }: TestStore): Promise<boolean> {
  const [server] = await query<{ is_since: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 170000 AS is_since`,
  );
  return server?.is_since === true;
}

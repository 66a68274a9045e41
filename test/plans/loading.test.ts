import { expect, test } from 'vitest';
import { loadPendingBatch, type PendingBatch } from '../../src/store/batches.ts';
import { openRun } from '../../src/store/open-run.ts';
import { publishRun } from '../../src/store/publish/publish.ts';
import { planFirstNight } from '../support/first-night.ts';
import { newRun } from '../support/new-run.ts';
import { openStore, type TestStore } from '../support/store.ts';
import { countReads } from './reads.ts';

const PEOPLE = 5_000;
const BATCH_SIZE = 50;
/** Four of everybody asked about (two of them addresses), and all batches where they are few. */
const ROWS = 10 * BATCH_SIZE;
/** From 17 on PostgreSQL finds neighbours in one search of an index, before that in one for each. */
const SEARCHES = { before17: 5 * BATCH_SIZE, since17: BATCH_SIZE };
/** A connection may choose another plan at the sixth. */
const BATCHES = 8;

test('a batch is loaded by reading the rows of its people, and nobody else’s', async () => {
  // One connection, so that the transaction begun here is the one that loads.
  const store = await openStore(1);
  const { database, query } = store;
  await publishRun(database, await planFirstNight(store, PEOPLE));
  const roster = Array.from({ length: PEOPLE }, (_, n) => `${n + 1}@example.com`);
  const { runId } = await openRun(database, newRun(roster, { key: 'second', batchSize: BATCH_SIZE }));
  const searches = SEARCHES[(await isSince17(store)) ? 'since17' : 'before17'];

  for (let no = 1; no <= BATCHES; no++) {
    let batch: PendingBatch | undefined;
    await query('BEGIN');
    const read = await countReads(database.pool, async () => {
      batch = await loadPendingBatch(database, runId, no);
    });
    await query('COMMIT');
    expect(batch?.entries.filter(({ current }) => current)).toHaveLength(BATCH_SIZE);
    expect(read.rows).toBeGreaterThan(BATCH_SIZE);
    expect(read.rows).toBeLessThan(ROWS);
    expect(read.searches).toBeLessThan(searches);
  }
});

async function isSince17({ query }: TestStore): Promise<boolean> {
  const [server] = await query<{ is_since: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 170000 AS is_since`,
  );
  return server?.is_since === true;
}

import { expect, test } from 'vitest';
import { loadPendingBatch } from '../../src/store/batches.ts';
import { openRun } from '../../src/store/open-run.ts';
import { publishRun } from '../../src/store/publish/publish.ts';
import { planFirstNight } from '../support/first-night.ts';
import { newRun } from '../support/new-run.ts';
import { openStore, type TestStore } from '../support/store.ts';

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
    await query('BEGIN');
    const before = await countReads(store);
    const batch = await loadPendingBatch(database, runId, no);
    const after = await countReads(store);
    await query('COMMIT');
    expect(batch?.entries.filter(({ current }) => current)).toHaveLength(BATCH_SIZE);
    expect(after.rows - before.rows).toBeGreaterThan(BATCH_SIZE);
    expect(after.rows - before.rows).toBeLessThan(ROWS);
    expect(after.searches - before.searches).toBeLessThan(searches);
  }
});

async function isSince17({ query }: TestStore): Promise<boolean> {
  const [server] = await query<{ is_since: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 170000 AS is_since`,
  );
  return server?.is_since === true;
}

/** What the connection has read of tables up to now. */
async function countReads({ query }: TestStore): Promise<{ rows: number; searches: number }> {
  const [reads] = await query<{ rows: number; searches: number }>(
    `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows, sum(idx_scan)::int AS searches
       FROM pg_stat_xact_user_tables`,
  );
  return reads ?? { rows: 0, searches: 0 };
}

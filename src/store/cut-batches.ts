import type pg from 'pg';
import { ENTRY_KINDS } from '../core/answer.ts';
import { stretchLength } from '../core/stretch.ts';

/** Makes the temporary table `asked`, to be filled with whom the run asks about, each entry once; see `cutBatches`. */
export async function prepareAsked(connection: pg.PoolClient): Promise<void> {
  await connection.query(
    'CREATE TEMP TABLE asked (entry text NOT NULL, kind entry_kind NOT NULL, rostered boolean NOT NULL) ON COMMIT DROP',
  );
}

/**
 * Cuts what is in `asked` into batches. Org user ids are asked one per call, since no reply echoes them.
 *
 * Of a run that is opened again the numbers go on: a call that is still under way from before must not answer
 * for a batch of other people (I10).
 */
export async function cutBatches(connection: pg.PoolClient, runId: string, batchSize: number): Promise<void> {
  const stretch = stretchLength(await countBatches(connection, batchSize), batchSize);
  await connection.query('UPDATE runs SET batches_per_job = $2 WHERE id = $1', [runId, stretch]);
  // With a stretch of their own: the job of the one before may be running, and would not see them.
  let last = Math.ceil((await deleteBatches(connection, runId)) / stretch) * stretch;
  for (const rostered of [true, false]) {
    for (const kind of ENTRY_KINDS) {
      const size = kind === 'org_user_id' ? 1 : batchSize;
      const { rowCount } = await connection.query(CUT, [runId, last, rostered, kind, size]);
      last += rowCount ?? 0;
    }
  }
  await connection.query('ANALYZE batches');
}

async function countBatches(connection: pg.PoolClient, batchSize: number): Promise<number> {
  const { rows } = await connection.query<{ batches: number }>(
    `SELECT coalesce(sum(ceil(entries / CASE kind WHEN 'org_user_id' THEN 1 ELSE $1::float8 END)), 0)::int AS batches
       FROM (SELECT kind, count(*) AS entries FROM asked GROUP BY kind, rostered) of_a_kind`,
    [batchSize],
  );
  return rows[0]?.batches ?? 0;
}

/**
 * Returns the highest number that was given to one of them; 0 where there was none. Locked in order, as by whoever stores the
 * answers of several at the same time.
 */
async function deleteBatches(connection: pg.PoolClient, runId: string): Promise<number> {
  const { rows } = await connection.query<{ last: number }>(
    `WITH locked AS MATERIALIZED (
       SELECT no FROM batches WHERE run_id = $1 ORDER BY no FOR UPDATE
     ), deleted AS (
       DELETE FROM batches WHERE run_id = $1 AND (SELECT count(*) FROM locked) > 0 RETURNING no
     )
     SELECT coalesce(max(no), 0) AS last FROM deleted`,
    [runId],
  );
  return rows[0]?.last ?? 0;
}

/**
 * Neighbours are asked about together. One class at a time, because PostgreSQL sorts by a single text several times as
 * fast as by a text that comes after something else; the order within a batch is anyone's.
 */
const CUT = `
  WITH numbered AS (
    SELECT entry, (row_number() OVER (ORDER BY entry COLLATE "C") - 1) / $5::int AS slice
      FROM asked WHERE rostered = $3 AND kind = $4
  ), cut AS MATERIALIZED (
    SELECT $2::int + 1 + slice AS no, array_agg(entry) AS entries FROM numbered GROUP BY slice ORDER BY slice
  ), stored AS (
    INSERT INTO batches (run_id, no, entry_kind, rostered, size)
    SELECT $1, no, $4, $3, cardinality(entries) FROM cut
  )
  INSERT INTO batch_entries (run_id, no, entries) SELECT $1, no, entries FROM cut`;

import type pg from 'pg';
import { ENTRY_KINDS } from '../core/answer.ts';

const isOffRoster = (entry: string): string => `NOT EXISTS (SELECT FROM roster r WHERE r.entry = ${entry})`;

/**
 * Everybody a night asks about, of whom the temporary table `roster` has those on the roster: current users who
 * left it, because somebody who left the company and still holds an admin role is what an auditor looks for, and
 * canaries. Made distinct when the roster has been taken away: that leaves few of a million.
 */
export const EVERYBODY = `
  SELECT entry, kind, true AS rostered FROM roster
  UNION ALL
  SELECT entry, kind, false
    FROM (SELECT a.entry, a.entry_kind AS kind
            FROM addresses a JOIN users u ON u.id = a.person_id
           WHERE u.removed_at IS NULL AND ${isOffRoster('a.entry')}
          UNION
          SELECT c.entry, c.entry_kind FROM canaries c WHERE c.run_id = $1 AND ${isOffRoster('c.entry')}) beside`;

/**
 * Cuts what is to be asked about into batches; `asked` is a query for `entry, kind, rostered`, in which `$1` is the
 * run. Org user ids are asked one per call, since no reply echoes them.
 *
 * Of a run that is opened again the numbers go on: a call that is still under way from before must not answer
 * for a batch of other people (I10).
 */
export async function cutBatches(
  connection: pg.PoolClient,
  runId: string,
  batchSize: number,
  asked: string,
): Promise<void> {
  await connection.query(
    'CREATE TEMP TABLE asked (entry text NOT NULL, kind entry_kind NOT NULL, rostered boolean NOT NULL) ON COMMIT DROP',
  );
  await connection.query(`INSERT INTO asked (entry, kind, rostered) ${asked}`, [runId]);
  await connection.query('ANALYZE asked');
  let last = await deleteBatches(connection, runId);
  for (const rostered of [true, false]) {
    for (const kind of ENTRY_KINDS) {
      const size = kind === 'org_user_id' ? 1 : batchSize;
      const { rowCount } = await connection.query(CUT, [runId, last, rostered, kind, size]);
      last += rowCount ?? 0;
    }
  }
  await connection.query('ANALYZE batches');
}

/** Returns the highest number that was given to one of them; 0 where there was none. */
async function deleteBatches(connection: pg.PoolClient, runId: string): Promise<number> {
  const { rows } = await connection.query<{ last: number }>(
    `WITH deleted AS (DELETE FROM batches WHERE run_id = $1 RETURNING no)
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

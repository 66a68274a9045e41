import type pg from 'pg';

/**
 * Everybody a night asks about, of whom the temporary table `roster` has those on the roster: current users who
 * left it, because somebody who left the company and still holds an admin role is what an auditor looks for, and
 * canaries.
 */
export const EVERYBODY = `
  SELECT entry, kind, true AS rostered FROM roster
  UNION ALL
  SELECT entry, kind, false
    FROM (SELECT a.entry, a.entry_kind AS kind
            FROM addresses a JOIN users u ON u.id = a.person_id
           WHERE u.removed_at IS NULL
          UNION
          SELECT entry, entry_kind FROM canaries WHERE run_id = $2) beside
   WHERE NOT EXISTS (SELECT FROM roster r WHERE r.entry = beside.entry)`;

/**
 * Cuts what is to be asked about into batches; `asked` is a query for `entry, kind, rostered`, in which `$2` is the
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
    `CREATE TEMP TABLE cut ON COMMIT DROP AS
     WITH asked AS (${asked}), numbered AS (
       SELECT *, (row_number() OVER (PARTITION BY rostered, kind ORDER BY entry COLLATE "C") - 1)
                 / CASE kind WHEN 'org_user_id' THEN 1 ELSE $1::int END AS slice
         FROM asked
     )
     SELECT (coalesce((SELECT max(no) FROM batches WHERE run_id = $2), 0)
             + row_number() OVER (ORDER BY rostered DESC, kind, slice))::int AS no, kind, rostered,
            array_agg(entry ORDER BY entry COLLATE "C") AS entries
       FROM numbered GROUP BY rostered, kind, slice`,
    [batchSize, runId],
  );
  await connection.query('DELETE FROM batches WHERE run_id = $1', [runId]);
  await connection.query(
    `INSERT INTO batches (run_id, no, entry_kind, rostered, size)
     SELECT $1, no, kind, rostered, cardinality(entries) FROM cut ORDER BY no`,
    [runId],
  );
  await connection.query(
    'INSERT INTO batch_entries (run_id, no, entries) SELECT $1, no, entries FROM cut ORDER BY no',
    [runId],
  );
  await connection.query('ANALYZE batches');
}

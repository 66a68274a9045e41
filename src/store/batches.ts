import { inTransaction, type Database } from './database.ts';
import { firstOfStretch, lastOfStretch } from './stretch.ts';

/** A call that failed, for the batch: its kind, what was seen, and whether it counts against the batch itself. */
export interface FailedCall {
  readonly as: string;
  readonly seen: string;
  readonly isOwn: boolean;
}

/**
 * Puts a batch back for later. Its attempts are counted, so that backoff survives a restart. Returns the job that asks again;
 * undefined where the batch is in by now.
 */
export async function postponeBatch(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
  delayMs: number,
  failed: FailedCall,
): Promise<DueJob | undefined> {
  const { rows } = await pool.query<{ attempts: number }>(
    `UPDATE batches SET attempts = attempts + 1, own_failures = own_failures + $6::int, last_failure = $4, last_error = $5,
                        due_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
      WHERE run_id = $1 AND no = $2 AND status = 'pending' RETURNING attempts`,
    [batch.runId, batch.no, delayMs, failed.as, failed.seen, failed.isOwn ? 1 : 0],
  );
  return rows[0] && { no: batch.no, attempt: rows[0].attempts, delayMs };
}

/**
 * Replaces pending batches by smaller ones of at most `maxSize` entries, and returns the jobs that ask about those: just
 * batch `no`, or every batch of the run that is larger. None when somebody else has answered or split it.
 *
 * They begin a stretch of their own: the job of the one before may be running, and would not see them.
 */
export async function splitBatches(
  { pool }: Database,
  runId: string,
  maxSize: number,
  only: { readonly no: number } | 'all',
): Promise<readonly DueJob[]> {
  return inTransaction(pool, async (connection) => {
    // Numbers are given out under this lock: two batches may be split at the same time.
    await connection.query('SELECT FROM runs WHERE id = $1 FOR UPDATE', [runId]);
    const { rows } = await connection.query<{ no: number }>(SPLIT_BATCHES, [
      runId,
      maxSize,
      only === 'all' ? null : only.no,
    ]);
    return rows.map(({ no }) => ({ no, attempt: 0, delayMs: 0 }));
  });
}

/** Locked in order, as by whoever stores the answers of several at the same time. */
const SPLIT_BATCHES = `
  WITH large AS MATERIALIZED (
    SELECT no FROM batches
     WHERE run_id = $1 AND status = 'pending' AND size > $2 AND no = coalesce($3, no) ORDER BY no FOR UPDATE
  ), parent AS (
    UPDATE batches SET status = 'split', attempts = attempts + 1
     WHERE run_id = $1 AND no IN (SELECT no FROM large)
    RETURNING run_id, no, entry_kind, rostered, size
  ), pieces AS (
    SELECT p.run_id, p.entry_kind, p.rostered,
           (SELECT max(${lastOfStretch('b.no')}) FROM batches b JOIN runs r ON r.id = b.run_id WHERE r.id = $1)
             + row_number() OVER (ORDER BY p.no, first) AS no,
           be.entries[first : first + $2 - 1] AS entries
      FROM parent p
      JOIN batch_entries be ON be.run_id = p.run_id AND be.no = p.no
      CROSS JOIN LATERAL generate_series(1, p.size, $2) AS first
  ), stored AS (
    INSERT INTO batches (run_id, no, entry_kind, rostered, size)
    SELECT run_id, no, entry_kind, rostered, cardinality(entries) FROM pieces RETURNING run_id, no
  ), stored_entries AS (
    INSERT INTO batch_entries (run_id, no, entries) SELECT run_id, no, entries FROM pieces
  )
  SELECT DISTINCT ${firstOfStretch('b.no')} AS no FROM stored b JOIN runs r ON r.id = b.run_id ORDER BY no`;

/** Whether a batch still has to be asked: not where it is in, or its run is not open. */
export async function isPending(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
): Promise<boolean> {
  const { rows } = await pool.query(
    `SELECT FROM batches b JOIN runs r ON r.id = b.run_id AND r.status = 'open'
      WHERE b.run_id = $1 AND b.no = $2 AND b.status = 'pending'`,
    [batch.runId, batch.no],
  );
  return rows.length > 0;
}

/** Whether every batch of the run is in. Only meaningful after the caller's own batch has committed. */
export async function isFetched({ pool }: Database, runId: string): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'is-fetched',
    // From the end: batches are asked about in order, and before the first pending one lies everything that was.
    text: `SELECT FROM batches WHERE run_id = $1 AND status = 'pending' ORDER BY no DESC LIMIT 1`,
    values: [runId],
  });
  return rows.length === 0;
}

/** A job that a run still needs: the batches it asks about, see `Stretch`. */
export interface DueJob {
  readonly no: number;
  readonly attempt: number;
  readonly delayMs: number;
}

/** The jobs of pending batches in order, `limit` at most, beginning after `after`. */
export async function loadDueJobs(
  { pool }: Database,
  runId: string,
  after: Pick<DueJob, 'no' | 'attempt'> | undefined,
  limit: number,
): Promise<readonly DueJob[]> {
  const { rows } = await pool.query<{ no: number; attempt: number; delay_ms: number }>(
    `SELECT no, attempt, max(greatest(0, ceil(extract(epoch FROM due_at - clock_timestamp()) * 1000)))::float8 AS delay_ms
       FROM (${DUE_JOBS} AND b.no >= $2) due
      WHERE (no, attempt) > ($2, $3) GROUP BY no, attempt ORDER BY no, attempt LIMIT $4`,
    [runId, after?.no ?? 0, after?.attempt ?? 0, limit],
  );
  return rows.map((row) => ({ no: row.no, attempt: row.attempt, delayMs: row.delay_ms }));
}

/** Of each pending batch the job that asks about it. */
const DUE_JOBS = `
  SELECT CASE b.attempts WHEN 0 THEN ${firstOfStretch('b.no')} ELSE b.no END AS no, b.attempts AS attempt, b.due_at
    FROM runs r JOIN batches b ON b.run_id = r.id AND b.status = 'pending'
   WHERE r.id = $1`;

export async function countDueJobs({ pool }: Database, runId: string): Promise<number> {
  const { rows } = await pool.query<{ due: number }>(
    `SELECT (count(DISTINCT no) FILTER (WHERE attempt = 0) + count(*) FILTER (WHERE attempt > 0))::int AS due
       FROM (${DUE_JOBS}) due`,
    [runId],
  );
  return rows[0]?.due ?? 0;
}

export async function countPendingBatches({ pool }: Database, runId: string): Promise<number> {
  const { rows } = await pool.query<{ pending: number }>(
    `SELECT count(*)::int AS pending FROM batches WHERE run_id = $1 AND status = 'pending'`,
    [runId],
  );
  return rows[0]?.pending ?? 0;
}

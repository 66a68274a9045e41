import type { Streak, Trouble } from '../core/outage.ts';
import type { Database } from './database.ts';

/**
 * Counts the failed call of a batch, and returns how the run's calls have gone. `saveAnswers` ends the streak.
 *
 * A refusal is no answer, but the account has spoken: it is not down.
 */
export async function countFailure(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
  trouble: Trouble,
): Promise<Streak> {
  const { rows } = await pool.query<{ failures: number; lasting_ms: number; suspects_only: boolean }>(
    COUNT_FAILURE,
    [batch.runId, batch.no, trouble === 'down'],
  );
  const { failures, lasting_ms: lastingMs, suspects_only: suspectsOnly } = rows[0] ?? NO_STREAK;
  return { trouble, failures, lastingMs, suspectsOnly };
}

const COUNT_FAILURE = `
  UPDATE runs
     SET failures = CASE WHEN $3 THEN failures + 1 ELSE 0 END,
         failing_since = CASE WHEN $3 THEN coalesce(failing_since, clock_timestamp()) END,
         refused_since = CASE WHEN $3 THEN refused_since ELSE coalesce(refused_since, clock_timestamp()) END
   WHERE id = $1
  RETURNING failures,
            (extract(epoch FROM clock_timestamp() - CASE WHEN $3 THEN failing_since ELSE refused_since END) * 1000)::float8
              AS lasting_ms,
            EXISTS (SELECT FROM batches WHERE run_id = $1 AND status = 'answered')
            AND NOT EXISTS (SELECT FROM batches WHERE run_id = $1 AND status = 'pending' AND attempts = 0 AND no <> $2)
              AS suspects_only`;

const NO_STREAK = { failures: 0, lasting_ms: 0, suspects_only: false };

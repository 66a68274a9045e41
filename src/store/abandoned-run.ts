import type { ErrorCode } from '../core/errors.ts';
import type { Database } from './database.ts';

/** Longer than any wait for a place in the budget, which is an hour at most. */
const ABANDONED_AFTER = '2 hours';

/**
 * Ends a dry run on which nobody has worked for two hours, nor may work before later, so that it keeps no night out.
 * Returns its id. One on which somebody works stays open: a night that finds it says so.
 */
export async function endAbandonedDryRun({ pool }: Database): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>(END_ABANDONED, [
    'RUN_ABANDONED' satisfies ErrorCode,
    'Nobody has worked on this dry run for two hours, and a real run was to begin.',
  ]);
  return rows[0]?.id;
}

const END_ABANDONED = `
  UPDATE runs r SET status = 'failed', error_code = $1, error = $2, closed_at = clock_timestamp()
   WHERE status = 'open' AND dry_run
     AND clock_timestamp() - interval '${ABANDONED_AFTER}'
         > greatest(opened_at, planned_at, (SELECT blocked_until FROM account),
                    (SELECT max(greatest(answered_at, due_at)) FROM batches WHERE run_id = r.id))
  RETURNING id`;

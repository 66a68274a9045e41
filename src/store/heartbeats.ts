import type { RunNews } from '../core/heartbeat.ts';
import type { Database } from './database.ts';

/**
 * The latest whole night, where the watcher outside has not been told how it stands; undefined where there is nothing
 * to tell. What ended more than a day ago is no news: a success that old would hide that nothing has run since.
 */
export async function loadUntoldRun({ pool }: Database): Promise<RunNews | undefined> {
  const { rows } = await pool.query<RunNews>(LOAD_UNTOLD);
  return rows[0];
}

/** A held night that is approved is told again: `published_at` lies after what was told of it. */
const LOAD_UNTOLD = `
  SELECT r.id AS "runId", r.openings, r.status, r.changes, r.unanswered, r.error, r.reasons,
         md5(format('%s/%s/%s', a.installation_id, r.id, r.openings))::uuid AS "heartbeatId"
    FROM account a
   CROSS JOIN LATERAL (SELECT * FROM runs WHERE scope = 'all' AND NOT dry_run ORDER BY opened_at DESC LIMIT 1) r
   WHERE CASE WHEN r.status = 'open' THEN r.begin_told_at IS NULL
              ELSE coalesce(r.end_told_at < r.published_at, r.end_told_at IS NULL)
                   AND coalesce(r.closed_at, r.planned_at) > clock_timestamp() - interval '1 day'
         END`;

/** Nothing changes where the run has moved on since: that is news of its own. */
export async function markTold({ pool }: Database, { runId, openings, status }: RunNews): Promise<void> {
  const column = status === 'open' ? 'begin_told_at' : 'end_told_at';
  await pool.query(
    `UPDATE runs SET ${column} = clock_timestamp() WHERE id = $1 AND openings = $2 AND status::text = $3`,
    [runId, openings, status],
  );
}

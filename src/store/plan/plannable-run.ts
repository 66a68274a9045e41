import type { PlanFigures } from '../../core/guard.ts';
import type { Queryable } from '../database.ts';

export interface PlannableRun {
  readonly runId: string;
  /** No run has been published yet: this one opens history and has no changes. */
  readonly baseline: boolean;
}

/**
 * Locks a run that is ready to be planned; `undefined` where it is not open, already planned, or still waits
 * for a batch. Of several planners the later ones wait here and then find it planned (I3).
 */
export async function lockForPlan(connection: Queryable, runId: string): Promise<PlannableRun | undefined> {
  const { rows } = await connection.query<{ baseline: boolean }>(
    `SELECT r.base_id IS NULL AS baseline
       FROM runs r
      WHERE r.id = $1 AND r.status = 'open' AND r.planned_at IS NULL
        AND NOT EXISTS (SELECT FROM batches b WHERE b.run_id = r.id AND b.status = 'pending')
        FOR UPDATE OF r`,
    [runId],
  );
  const run = rows[0];
  if (run === undefined) return undefined;
  await connection.query('ANALYZE observations, batches, batch_entries');
  return { runId, baseline: run.baseline };
}

/** What a baseline publishes, hashed: its users in order, each with the hash of their snapshot. */
export async function hashBaseline(connection: Queryable, runId: string): Promise<string> {
  const { rows } = await connection.query<{ hash: string }>(
    `SELECT encode(sha256(coalesce(string_agg(part, '' ORDER BY part), '')), 'hex') AS hash
       FROM (SELECT sha256(string_agg(sha256(convert_to(user_id, 'UTF8')) || hash, '' ORDER BY user_id)) AS part
               FROM planned_users WHERE run_id = $1 AND fate = 'added'
              GROUP BY get_byte(hash, 0), get_byte(hash, 1)) parts`,
    [runId],
  );
  return rows[0]?.hash ?? '';
}

/** Marks the run as planned: its counts, its hash, its verdict, and the instant of its last answer. */
export async function savePlan(
  connection: Queryable,
  runId: string,
  plan: { readonly hash: string; readonly figures: PlanFigures; readonly reasons: readonly string[] },
): Promise<void> {
  await connection.query('ANALYZE planned_changes');
  await connection.query(SAVE_PLAN, [
    runId,
    plan.hash,
    plan.figures.asked,
    plan.figures.answered,
    plan.reasons,
    JSON.stringify(plan.figures),
  ]);
}

/** `as_of` is strictly increasing over published runs and never before the run was opened, whatever the clock does. */
const SAVE_PLAN = `
  UPDATE runs r
     SET planned_at = clock_timestamp(), plan_hash = $2, reasons = $5, figures = $6,
         as_of = greatest(b.last_answer, r.opened_at, (SELECT as_of + interval '1 microsecond' FROM runs WHERE id = r.base_id)),
         coverage = CASE WHEN $3::int = 0 THEN 0 ELSE $4::numeric / $3 END,
         absent = b.absent, found = $4::int - b.absent, unanswered = $3::int - $4::int,
         changes = coalesce(c.total, 0), changes_by_kind = coalesce(c.by_kind, '{}')
    FROM (SELECT max(answered_at) AS last_answer, coalesce(sum(absent), 0)::int AS absent FROM batches WHERE run_id = $1) b,
         (SELECT sum(n)::int AS total, jsonb_object_agg(kind, n ORDER BY kind) AS by_kind
            FROM (SELECT kind, count(*) AS n FROM planned_changes WHERE run_id = $1 GROUP BY kind) k) c
   WHERE r.id = $1`;

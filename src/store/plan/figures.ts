import type { PlanFigures } from '../../core/guard.ts';
import type { Queryable } from '../database.ts';
import { LATEST_NIGHT } from '../latest-run.ts';

/** Counts what the guard judges. Runs inside the plan transaction, after reconciling. */
export async function loadPlanFigures(connection: Queryable, runId: string): Promise<PlanFigures> {
  const { rows } = await connection.query<FiguresRow>(LOAD_FIGURES, [runId]);
  const row = rows[0];
  if (row === undefined) throw new Error(`run ${runId} does not exist`);
  return {
    baseline: row.baseline,
    usersBefore: row.users_before,
    grantsBefore: row.grants_before,
    adminGrantsBefore: row.admin_grants_before,
    removed: row.removed,
    revoked: row.revoked,
    granted: row.granted,
    adminGranted: row.admin_granted,
    adminRevoked: row.admin_revoked,
    asked: row.asked,
    answered: row.answered - row.disputed,
    population: row.population ?? row.asked,
  };
}

interface FiguresRow {
  baseline: boolean;
  users_before: number;
  grants_before: number;
  admin_grants_before: number;
  removed: number;
  revoked: number;
  granted: number;
  admin_granted: number;
  admin_revoked: number;
  asked: number;
  answered: number;
  disputed: number;
  population: number | null;
}

/**
 * `population`: of the night that a retry completes. `disputed`: entries that were found, but whose user is
 * unanswered after reconciling.
 */
const LOAD_FIGURES = `
  SELECT r.base_id IS NULL AS baseline,
         (SELECT count(*) FROM users WHERE removed_at IS NULL)::int AS users_before,
         (SELECT count(*) FROM role_grants WHERE valid_to IS NULL)::int AS grants_before,
         (SELECT count(*) FROM role_grants g JOIN roles k ON k.id = g.role_ref AND k.scope = 'admin'
           WHERE g.valid_to IS NULL)::int AS admin_grants_before,
         (SELECT count(*) FROM planned_users WHERE run_id = r.id AND fate = 'removed')::int AS removed,
         c.*, b.*,
         CASE r.scope WHEN 'retry' THEN (SELECT population FROM (${LATEST_NIGHT}) night) END AS population,
         (SELECT count(*) FROM observations o JOIN planned_users p ON p.run_id = o.run_id AND p.user_id = o.user_id
           WHERE o.run_id = r.id AND o.snapshot IS NOT NULL AND p.fate = 'unanswered')::int
         + (SELECT count(*) FROM held h JOIN planned_users p ON p.run_id = r.id AND p.user_id = h.user_id
             WHERE h.plain AND p.fate = 'unanswered')::int AS disputed
    FROM runs r
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE kind = 'role_revoked')::int AS revoked,
             count(*) FILTER (WHERE kind = 'role_granted' AND not_before IS NOT NULL)::int AS granted,
             count(*) FILTER (WHERE kind = 'role_granted' AND not_before IS NOT NULL AND scope = 'admin')::int AS admin_granted,
             count(*) FILTER (WHERE kind = 'role_revoked' AND scope = 'admin')::int AS admin_revoked
        FROM planned_changes WHERE run_id = r.id
    ) c
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(size), 0)::int AS asked, coalesce(sum(found + absent), 0)::int AS answered
        FROM batches WHERE run_id = r.id AND status <> 'split'
    ) b
   WHERE r.id = $1`;

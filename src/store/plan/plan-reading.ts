import type { PlanFigures } from '../../core/guard.ts';
import type { ReadableChange } from '../../core/readable-change.ts';
import type { Database } from '../database.ts';

/** What the guard judged; null before the plan. */
export async function loadFigures({ pool }: Database, runId: string): Promise<PlanFigures | null> {
  const { rows } = await pool.query<{ figures: PlanFigures | null }>(
    'SELECT figures FROM runs WHERE id = $1',
    [runId],
  );
  return rows[0]?.figures ?? null;
}

/**
 * The first changes of a run, those of admin roles before the others: what was published, or the plan of one that
 * is held or was a dry run.
 */
export async function loadReadableChanges(
  { pool }: Database,
  runId: string,
  limit: number,
): Promise<readonly ReadableChange[]> {
  const { rows } = await pool.query<ReadableChange>(LOAD_CHANGES, [runId, limit]);
  return rows;
}

const COLUMNS = `
  kind, user_id AS "userId", email, scope, role_id AS "roleId", role_name AS "roleName", bot_id AS "botId",
  bot_name AS "botName", group_id AS "groupId", group_name AS "groupName", task_kind AS "taskKind", task_id AS "taskId",
  before, after`;

/** Of a run just published, whose staging is still to be dropped, only what was published. */
const LOAD_CHANGES = `
  SELECT kind, "userId", email, scope, "roleId", "roleName", "botId", "botName", "groupId", "groupName", "taskKind",
         "taskId", before, after
    FROM (SELECT ${COLUMNS}, ordinal AS place FROM planned_changes
           WHERE run_id = $1 AND (SELECT status FROM runs WHERE id = $1) <> 'published'
          UNION ALL
          SELECT ${COLUMNS}, id FROM changes WHERE run_id = $1) c
   ORDER BY scope IS NOT DISTINCT FROM 'admin' DESC, place LIMIT $2`;

import type { Night } from './night.ts';

/** The audit log and the outbox. A baseline has no changes, hence neither. */
export async function publishAudit({ connection, runId }: Night): Promise<void> {
  await connection.query(COPY_CHANGES, [runId]);
  await connection.query(WRITE_OUTBOX, [runId]);
}

const COLUMNS = `kind, user_id, email, not_before, scope, role_id, role_name, bot_id, bot_name,
                 group_id, group_name, task_kind, task_id, before, after, detail`;

const COPY_CHANGES = `
  INSERT INTO changes (run_id, ${COLUMNS})
  SELECT run_id, ${COLUMNS} FROM planned_changes WHERE run_id = $1 ORDER BY ordinal`;

/** I9: in the transaction that publishes, so that no night is published without its alerts. */
const WRITE_OUTBOX = `
  INSERT INTO alerts (run_id, rule, channel, change_count)
  SELECT run_id, 'role-changes', 'log', count(*)
    FROM planned_changes
   WHERE run_id = $1 AND kind IN ('role_granted', 'role_revoked', 'role_source_changed')
   GROUP BY run_id
  ON CONFLICT DO NOTHING`;

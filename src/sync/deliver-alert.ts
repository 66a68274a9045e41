import { loadPendingAlert, markDelivered } from '../store/alerts.ts';
import type { SyncContext } from './context.ts';

/**
 * Delivers one digest of the outbox.
 *
 * I9: marked as delivered after it was, so a process that dies in between delivers again, under the same
 * idempotency key. The log is the channel of an installation that has configured no other.
 */
export async function deliverAlert({ database, log }: SyncContext, alertId: string): Promise<void> {
  const alert = await loadPendingAlert(database, alertId);
  if (alert === undefined) return;
  const { runId, rule, idempotencyKey, changeCount, changesByKind } = alert;
  log.warn(
    { runId, alertId, rule, idempotencyKey, ...changesByKind },
    `[run ${runId}] alert ${rule}: ${changeCount} role ${changeCount === 1 ? 'change' : 'changes'}. Read them: SELECT * FROM directory.role_changes WHERE run_id = ${runId};`,
  );
  await markDelivered(database, alertId);
}

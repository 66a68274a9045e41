import { approveRun, rejectRun, type Decision } from '../store/decisions.ts';
import { clearStaging } from '../store/runs.ts';
import type { SyncContext } from './context.ts';
import { enqueueAlerts } from './finish-run.ts';

/**
 * Publishes the plan of a held run that a person has read, and sends what there is to tell, as any publication does.
 *
 * @throws what `approveRun` of the store does; the run then stays as it was.
 */
export async function approve(
  context: SyncContext,
  decision: Decision & { readonly plan: string },
): Promise<void> {
  const { database, log } = context;
  await approveRun(database, decision);
  log.info({ runId: decision.runId, by: decision.by }, `[run ${decision.runId}] approved and published`);
  await enqueueAlerts(context);
  await clearStaging(database);
}

/** @throws what `rejectRun` of the store does. */
export async function reject(
  { database, log }: Pick<SyncContext, 'database' | 'log'>,
  decision: Decision,
): Promise<void> {
  await rejectRun(database, decision);
  log.info({ runId: decision.runId, by: decision.by }, `[run ${decision.runId}] rejected`);
  await clearStaging(database);
}

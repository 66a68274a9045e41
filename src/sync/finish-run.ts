import { SyncError } from '../core/errors.ts';
import { loadPendingAlerts } from '../store/alerts.ts';
import { loadLink } from '../store/chain-head.ts';
import { describeFailedStatement, isTransient } from '../store/database.ts';
import { publishRun, rehearsePublication } from '../store/publish/publish.ts';
import { clearStaging, endDryRun, failRun, holdRun, loadRun } from '../store/runs.ts';
import { deliverAlertJob, type SyncContext } from './context.ts';
import { planRun } from './plan-run.ts';

/**
 * Plans a run whose answers are all in, then publishes it or holds it.
 *
 * I3: may run any number of times and in several processes at once; a run that died between plan and
 * publication goes on from its stored plan. Throws only what is worth another try.
 */
export async function finishRun(context: SyncContext, runId: string): Promise<void> {
  try {
    await planAndPublish(context, runId);
  } catch (error) {
    if (isTransient(error)) throw error;
    await giveRunUp(context, runId, error);
  }
  await enqueueAlerts(context);
  await clearStaging(context.database);
}

/** A plan that cannot be published would be tried for ever; the run ends instead, and says so. */
async function giveRunUp({ database, log }: SyncContext, runId: string, error: unknown): Promise<void> {
  const code = error instanceof SyncError ? error.code : 'INTERNAL';
  const message = describeFailedStatement(error) ?? (error instanceof Error ? error.message : String(error));
  if (await failRun(database, runId, code, message)) {
    log.error({ runId, code }, `[run ${runId}] failed: ${message}`);
  }
}

async function planAndPublish(context: SyncContext, runId: string): Promise<void> {
  const { database, log } = context;
  await planRun(database, runId, context.guardLimits);
  const run = await loadRun(database, runId);
  if (run?.status !== 'open' || !run.planned) return;
  if (run.reasons.length > 0) {
    await holdRun(database, runId);
    log.warn({ runId, reasons: run.reasons }, `[run ${runId}] held: ${run.reasons.join('; ')}`);
  } else if (run.dryRun) {
    await rehearsePublication(database, runId);
    await endDryRun(database, runId);
  } else if (await publishRun(database, runId)) {
    // Whoever keeps the log can prove later that nobody has edited what was published.
    const head = await loadLink(database.pool, runId);
    log.info({ runId, changes: run.changes, head }, `[run ${runId}] published`);
  }
}

/** Enqueues every alert that is due. Idempotent: the queue ignores an id it holds. */
export async function enqueueAlerts({ database, queues }: SyncContext): Promise<void> {
  const alerts = await loadPendingAlerts(database);
  await queues.enqueue(
    alerts.map(({ alertId, attempts, delayMs }) => deliverAlertJob(alertId, attempts, delayMs)),
  );
}

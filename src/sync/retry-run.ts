import type { OpenedRun } from '../store/open-run.ts';
import { openRetry, type NewRetry } from '../store/retry-run.ts';
import type { SyncContext } from './context.ts';
import { enqueueRun } from './sweep.ts';

/**
 * Opens a run over what the latest published one left unanswered, or joins it where it is open, and enqueues its
 * batches. Record before enqueue, as in `startRun` (I6).
 *
 * @throws what `openRetry` does, before anything is asked.
 */
export async function startRetry(
  context: SyncContext,
  retry: Omit<NewRetry, 'alertRules'>,
): Promise<OpenedRun> {
  const opened = await openRetry(context.database, { ...retry, alertRules: context.alertRules });
  await enqueueRun(context, opened.runId);
  return opened;
}

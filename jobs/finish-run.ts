import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { finishRun } from '../src/sync/finish-run.ts';

/** Enqueued by whoever sees that all batches are in; may be enqueued more than once. */
export function finishRunHandler(context: SyncContext): Handler<'finish-run'> {
  return async ({ runId }) => {
    await finishRun(context, runId);
    return { kind: 'done' };
  };
}

import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { fetchBatches } from '../src/sync/fetch-batches.ts';

/** One job per batch, or, in a long night, per stretch of neighbours. While no call may be made, the whole lane waits. */
export function fetchBatchHandler(context: SyncContext): Handler<'fetch-batch'> {
  return async ({ runId, batch, attempt }, signals) => {
    const result = await fetchBatches(context, { runId, no: batch, attempt }, signals);
    return result.kind === 'pause' ? { kind: 'pause-lane', delayMs: result.pauseMs } : { kind: result.kind };
  };
}

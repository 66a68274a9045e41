import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { fetchBatch } from '../src/sync/fetch-batch.ts';

/** One job per API call. While no call may be made, the whole lane waits. */
export function fetchBatchHandler(context: SyncContext): Handler<'fetch-batch'> {
  return async ({ runId, batch }, { signal }) => {
    const { kind, pauseMs } = await fetchBatch(context, { runId, no: batch }, signal);
    if (kind === 'pause') return { kind: 'pause-lane', delayMs: pauseMs };
    return pauseMs === undefined ? { kind } : { kind, pauseLaneMs: pauseMs };
  };
}

import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { startNight, type NightRequest } from '../src/sync/start-night.ts';

/** Opens the night named by the run key. A night that has been opened before is left as it is. */
export function nightlySyncHandler(context: SyncContext, request: NightRequest): Handler<'nightly-sync'> {
  return async ({ runKey, trigger, attempt }, { signal }) => {
    await startNight(context, request, { key: runKey, trigger, openings: attempt }, signal);
    return { kind: 'done' };
  };
}

import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { startRun, type RunRequest } from '../src/sync/start-run.ts';

/** Opens the night named by the run key. A night that has been opened before is left as it is. */
export function nightlySyncHandler(
  context: SyncContext,
  request: Omit<RunRequest, 'key' | 'trigger' | 'dryRun'>,
): Handler<'nightly-sync'> {
  return async ({ runKey, trigger }, { signal }) => {
    await startRun(context, { ...request, key: runKey, trigger, dryRun: false }, { signal });
    return { kind: 'done' };
  };
}

import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { deliverAlert } from '../src/sync/deliver-alert.ts';

/** One job per attempt at a digest of the outbox; when the next is due, the alert says. */
export function deliverAlertHandler(context: SyncContext): Handler<'deliver-alert'> {
  return async ({ alertId, attempt }, { signal }) => {
    await deliverAlert(context, { alertId, attempts: attempt }, signal);
    return { kind: 'done' };
  };
}

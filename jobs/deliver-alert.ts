import type { Handler } from '../src/queue/handler.ts';
import type { SyncContext } from '../src/sync/context.ts';
import { deliverAlert } from '../src/sync/deliver-alert.ts';

/** One job per digest of the outbox. */
export function deliverAlertHandler(context: SyncContext): Handler<'deliver-alert'> {
  return async ({ alertId }) => {
    await deliverAlert(context, alertId);
    return { kind: 'done' };
  };
}

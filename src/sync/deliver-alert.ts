import { settleAttempt, type SendOutcome, type Settlement } from '../core/delivery.ts';
import { loadAlertFacts } from '../store/alert-facts.ts';
import { deliverHeld, type HeldAlert, type PendingAlert } from '../store/alerts.ts';
import { deliverAlertJob, type SyncContext } from './context.ts';

/** What a delivery needs: no account, no queue. */
export type DeliveryContext = Pick<SyncContext, 'database' | 'channels' | 'random' | 'log'>;

/**
 * Makes one attempt to deliver a digest of the outbox, and enqueues the next where it failed for now.
 *
 * I9: settled after it was sent, so a process that dies in between delivers again, under the same idempotency key.
 */
export async function deliverAlert(
  context: SyncContext,
  alert: Pick<PendingAlert, 'alertId' | 'attempts'>,
  signal?: AbortSignal,
): Promise<void> {
  const settlement = await attemptAlert(context, alert, signal);
  if (settlement?.kind !== 'pending' || signal?.aborted === true) return;
  await context.queues.enqueue([deliverAlertJob(alert.alertId, alert.attempts + 1, settlement.delayMs)]);
}

/** One attempt; undefined where it is not for this process to make, or not any more. */
export async function attemptAlert(
  context: DeliveryContext,
  alert: Pick<PendingAlert, 'alertId' | 'attempts'>,
  signal?: AbortSignal,
): Promise<Settlement | undefined> {
  return deliverHeld(context.database, alert, async (held) => {
    const outcome = await sendAlert(context, held, signal);
    const { attempts: attempt, leftMs, receipt } = held;
    const settlement = settleAttempt(outcome, { attempt, leftMs, receipt, random: context.random });
    // Interrupted is not refused: whoever comes next tries at once.
    const isInterrupted = signal?.aborted === true && settlement.kind !== 'delivered';
    const settled = isInterrupted
      ? ({ ...settlement, kind: 'pending', delayMs: 0 } satisfies Settlement)
      : settlement;
    logSettlement(context, held, settled);
    return settled;
  });
}

async function sendAlert(
  { database, channels }: DeliveryContext,
  { alertId, channel: name, receipt }: HeldAlert,
  signal: AbortSignal | undefined,
): Promise<SendOutcome> {
  const channel = channels.get(name);
  if (channel === undefined) {
    // Another process may know it: a night by hand often runs without the settings of the service.
    return { ok: false, reason: `no channel named ${name} is set up here`, isPermanent: false };
  }
  const facts = await loadAlertFacts(database, alertId, channel.kind);
  return channel.send(facts, { receipt, ...(signal !== undefined && { signal }) });
}

function logSettlement({ log }: DeliveryContext, alert: HeldAlert, settlement: Settlement): void {
  const { alertId, runId, rule, channel, attempts } = alert;
  const fields = { ...(runId !== null && { runId }), alertId, rule, channel, attempts };
  const subject = `[alert ${alertId}] ${rule} through ${channel}`;
  switch (settlement.kind) {
    case 'delivered':
      log.info(fields, `${subject}: delivered`);
      break;
    case 'pending':
      log.warn(
        { ...fields, delayMs: settlement.delayMs },
        `${subject}: not delivered, tried again later: ${settlement.reason}`,
      );
      break;
    case 'dead':
      log.error(
        fields,
        `${subject}: given up: ${settlement.reason}. When that is put right: 'kore-sync alerts resend ${alertId}'`,
      );
      break;
  }
}

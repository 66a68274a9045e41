import { quantity } from '../core/quantity.ts';
import type { UndeliveredAlert } from '../store/alerts.ts';
import { describeTable } from './table.ts';

/** Alerts that have not arrived, as a table. */
export function describeUndelivered(alerts: readonly UndeliveredAlert[]): string {
  return describeTable(
    ['Alert', 'Run', 'About', 'Rule', 'Channel', 'Status', 'Attempts', 'Why'],
    alerts.map(({ alertId, runId, event, changes, rule, channel, status, attempts, lastError, dueAt }) => [
      alertId,
      runId ?? '',
      event ?? quantity(changes, 'change'),
      rule,
      channel,
      status === 'dead' || attempts === 0 ? status : `${status}, next ${dueAt.toISOString()}`,
      String(attempts),
      lastError ?? '',
    ]),
  );
}

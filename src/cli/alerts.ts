import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { openChannels, toAlertLog, type Storage } from '../app.ts';
import { parseAlertingConfig, type AlertingConfig } from '../config/config.ts';
import { sampleFacts } from '../core/alert-facts.ts';
import type { SendOutcome, Settlement } from '../core/delivery.ts';
import { SyncError } from '../core/errors.ts';
import { EXIT } from '../core/exit-code.ts';
import { createLogger } from '../observe/log.ts';
import { describeUndelivered } from '../report/alerts.ts';
import { loadUndeliveredAlerts, resendAlerts } from '../store/alerts.ts';
import { attemptAlert } from '../sync/deliver-alert.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withStorage } from './with-storage.ts';

const SHOWN = 50;

export function addAlertsCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const alerts = program
    .command('alerts')
    .description('list the alerts that have not arrived')
    .action(() =>
      withStorage(readWatchedConfig(parseAlertingConfig), (storage) => listAlerts(storage, terminal)),
    );
  alerts
    .command('test')
    .description('send a sample through every channel; exit code 1 where one does not take it')
    .action(() => testChannels(terminal, setExitCode));
  alerts
    .command('resend')
    .argument('[id]', 'an alert, as `alerts` lists it; all that were given up unless given', parseAlertId)
    .description('deliver alerts that were given up; exit code 1 where one fails again')
    .action((id?: string) => {
      const config = readWatchedConfig(parseAlertingConfig);
      return withStorage(config, (storage) => resend({ storage, config, terminal, setExitCode }, id ?? null));
    });
}

function parseAlertId(text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw new SyncError('USAGE', `An alert is named by its number, which 'kore-sync alerts' lists.`);
}

async function listAlerts({ database }: Storage, { stdout }: Terminal): Promise<void> {
  const alerts = await loadUndeliveredAlerts(database, SHOWN);
  const text = alerts.length === 0 ? 'Every alert has arrived.' : describeUndelivered(alerts);
  printLine(stdout, text);
}

async function testChannels({ stdout }: Terminal, setExitCode: SetExitCode): Promise<void> {
  const config = readWatchedConfig(parseAlertingConfig);
  const log = toAlertLog(createLogger({ level: config.logLevel, secrets: config.secrets }));
  const channels = [...openChannels(config, log).values()];
  const facts = sampleFacts(randomUUID(), new Date().toISOString());
  const outcomes = await Promise.all(channels.map((channel) => channel.send(facts, { receipt: null })));
  for (const [index, { name, kind }] of channels.entries()) {
    printLine(stdout, `${name} (${kind}): ${describeOutcome(outcomes[index])}`);
  }
  if (outcomes.some(({ ok }) => !ok)) setExitCode(EXIT.failed);
}

function describeOutcome(outcome: SendOutcome | undefined): string {
  if (outcome?.ok === false) return `failed: ${outcome.reason}`;
  const refused = outcome?.receipt?.['refused'];
  const count = Array.isArray(refused) ? refused.length : 0;
  return count === 0 ? 'ok' : `ok, but ${count} of the recipients refused for good`;
}

interface Resending {
  readonly storage: Storage;
  readonly config: AlertingConfig;
  readonly terminal: Terminal;
  readonly setExitCode: SetExitCode;
}

/** At once and here: whether a service is running or not, whoever calls this wants to know. */
async function resend(
  { storage, config, terminal: { stdout }, setExitCode }: Resending,
  alertId: string | null,
): Promise<void> {
  const { database, log } = storage;
  const alerts = await resendAlerts(database, alertId);
  if (alerts.length === 0) {
    printLine(
      stdout,
      alertId === null ? 'No alert was given up.' : `There is no undelivered alert ${alertId}.`,
    );
    if (alertId !== null) setExitCode(EXIT.failed);
    return;
  }
  const context = { database, log, channels: openChannels(config, toAlertLog(log)), random: Math.random };
  for (const alert of alerts) {
    const settlement = await attemptAlert(context, alert);
    printLine(stdout, `Alert ${alert.alertId}: ${describeSettlement(settlement)}`);
    if (settlement?.kind === 'pending' || settlement?.kind === 'dead') setExitCode(EXIT.failed);
  }
}

function describeSettlement(settlement: Settlement | undefined): string {
  switch (settlement?.kind) {
    case undefined:
      return 'another process is delivering it';
    case 'delivered':
      return 'delivered';
    case 'pending':
      return `not delivered: ${settlement.reason}. Whatever works next, start or sync, tries again for a day`;
    case 'dead':
      return `refused: ${settlement.reason}`;
  }
}

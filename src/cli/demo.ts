import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { count, quantity } from '../core/quantity.ts';
import { openApp } from '../app.ts';
import {
  parseConfig,
  parseSyncConfig,
  readSurroundings,
  type Surroundings,
  type SyncConfig,
} from '../config/config.ts';
import { openEmbeddedDatabase } from '../embedded/embedded-database.ts';
import { describeRoleChanges } from '../report/role-changes.ts';
import { describeRun } from '../report/run.ts';
import { populateTenant } from '../simulator/population.ts';
import { writeRosterFile } from '../simulator/roster.ts';
import { startTenant, type RunningTenant } from '../simulator/server.ts';
import { loadRoleChanges, type RoleChange } from '../store/changes.ts';
import { countDeliveredAlerts } from '../store/alerts.ts';
import { recreateDatabase } from '../store/recreate-database.ts';
import type { RunSummary } from '../store/runs.ts';
import { printLine, type Terminal } from './output.ts';
import { createProgressView } from './progress.ts';
import { runSync } from './run-sync.ts';
import { holdDatabase } from './database.ts';
import { untilSignalled } from './signals.ts';

/** The results in docs/queries.md are about these people. */
export const DEMO_POPULATION = { people: 3_000, seed: 2026, edition: 'xo' } as const;
const SHOWN_CHANGES = 25;
/** A night of so small an account has a few dozen. */
const ALL_CHANGES = 10_000;

export function addDemoCommand(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('embedded PostgreSQL, a simulated account, two nights, and what changed between them')
    .option('--hold', 'keep the database up at the end until Ctrl-C')
    .action(({ hold = false }: { hold?: boolean }) =>
      untilSignalled((signal) => runDemo(terminal, hold, signal)),
    );
}

/** A folder and a database of its own, made anew each time: a demo never touches real data. */
async function runDemo(terminal: Terminal, hold: boolean, signal: AbortSignal): Promise<void> {
  const { env, surroundings } = readSurroundings();
  const { dataDir: home } = parseConfig({ DATA_DIR: env['DATA_DIR'] }, surroundings);
  const folder = path.join(home, 'demo');
  const roster = path.join(folder, 'roster.txt');
  const { stdout } = terminal;

  printLine(
    stdout,
    `Starting PostgreSQL (embedded, in ${folder}) and a simulated account of ${count(DEMO_POPULATION.people)} people.`,
  );
  const embedded = await openEmbeddedDatabase({ dataDir: folder });
  const server = await startTenant({ tenant: populateTenant(DEMO_POPULATION) });
  try {
    await recreateDatabase(embedded.url);
    const config = configureDemo(server, folder, roster, surroundings);
    await writeRosterFile(roster, server.tenant.roster());
    await runNight(terminal, config, server, 'Night one, the baseline', signal);
    server.tenant.advanceNight();
    await writeRosterFile(roster, server.tenant.roster());
    const second = await runNight(terminal, config, server, 'Night two, after a day of churn', signal);
    const file = path.join(folder, 'role-changes.json');
    await writeFile(file, `${JSON.stringify(second.roleChanges, null, 2)}\n`);
    printLine(stdout, describeEnd(folder, second.run, [roster, file]));
    if (hold) await holdDatabase(terminal, embedded.url, signal);
  } finally {
    await server.close();
    await embedded.release();
  }
}

function configureDemo(
  server: RunningTenant,
  folder: string,
  roster: string,
  surroundings: Surroundings,
): SyncConfig {
  return parseSyncConfig(
    {
      DATA_DIR: folder,
      KORE_HOST: server.url,
      KORE_CLIENT_ID: server.clientId,
      KORE_CLIENT_SECRET: server.clientSecret,
      ROSTER: roster,
      RATE_PER_MINUTE: '0',
      RATE_PER_HOUR: '0',
    },
    { ...surroundings, defaultLogLevel: 'warn' },
  );
}

interface Night {
  readonly run: RunSummary;
  readonly roleChanges: readonly RoleChange[];
}

async function runNight(
  terminal: Terminal,
  config: SyncConfig,
  server: RunningTenant,
  title: string,
  signal: AbortSignal,
): Promise<Night> {
  const { stdout } = terminal;
  const startedAt = performance.now();
  printLine(stdout, `\n${title}`);
  const app = await openApp(config);
  try {
    const run = await runSync(app, createProgressView(terminal), { dryRun: false, signal });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const { database } = app.storage;
    const roleChanges = await loadRoleChanges(database, run.runId, ALL_CHANGES);
    const alerts = await countDeliveredAlerts(database, run.runId);
    printLine(
      stdout,
      `${describeRun(run)}\n  took     ${seconds} s, ${quantity(server.calls.usersInfo, 'API call')} so far`,
    );
    if (roleChanges.length > 0) printLine(stdout, describeChanges(roleChanges, alerts));
    return { run, roleChanges };
  } finally {
    await app.close();
  }
}

function describeChanges(changes: readonly RoleChange[], alerts: number): string {
  const shown = changes.slice(0, SHOWN_CHANGES);
  const rest = changes.length - shown.length;
  return [
    `\nRole changes (${shown.length} of ${count(changes.length)}, admin roles first):`,
    describeRoleChanges(shown),
    ...(rest > 0 ? [`and ${count(rest)} more`] : []),
    `Alerts delivered: ${quantity(alerts, 'digest')}, to the log, since no channel is configured.`,
  ].join('\n');
}

function describeEnd(folder: string, { runId }: RunSummary, files: readonly string[]): string {
  return [
    '\nWhere to look',
    `  the database  DATA_DIR=${folder} npm run -s kore-sync -- database --hold`,
    '                prints its address and keeps it up; open it with psql or any SQL tool, then for example',
    "                SELECT * FROM directory.role_grants WHERE scope = 'admin';",
    '                SELECT * FROM directory.changes;',
    `  the run       DATA_DIR=${folder} npm run -s kore-sync -- runs show ${runId}`,
    `  on one page   DATA_DIR=${folder} npm run -s kore-sync -- report --html night.html`,
    ...files.map((file, index) => `${index === 0 ? '  files         ' : '                '}${file}`),
  ].join('\n');
}

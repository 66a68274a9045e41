import path from 'node:path';
import { Command } from 'commander';
import type pg from 'pg';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { withBench, withClient, type Bench } from './bench.ts';
import { startChild } from './child.ts';
import { commandRunSchema, type CommandOrder, type CommandRun } from './command-run.ts';
import { describeMarkdown } from './markdown.ts';
import { parseNumber } from './parse-number.ts';
import { writeYear } from './year.ts';

interface Measured extends CommandRun {
  readonly command: string;
  readonly changes: number;
}

/** The smaller night has so many times fewer changes. */
const SMALLER = 100;
const USERS = 10_000;
const { stdout } = TERMINAL;

/** What the commands that show a night take for one with few changes and for one with many. */
async function runOutput(bench: Bench, changes: number): Promise<void> {
  const measured: Measured[] = [];
  for (const size of [Math.ceil(changes / SMALLER), changes]) {
    bench.onProgress(`${size} changes`);
    const databaseUrl = await bench.servers.createDatabase();
    await withClient(bench, databaseUrl, (client) => writeNight(client, size));
    const page = path.join(bench.servers.folder, 'night.html');
    for (const command of [
      'diff --format csv',
      'diff --format json',
      'diff --format table',
      'report',
      `report --html ${page}`,
    ]) {
      bench.onProgress(`  ${command}`);
      const run = await runCommand({ args: command.split(' '), databaseUrl }, bench.signal);
      measured.push({ command: command.replace(page, 'FILE'), changes: size, ...run });
    }
  }
  printLine(stdout, describe(measured));
}

/** In a process of its own, whose memory is the command's alone. */
async function runCommand(order: CommandOrder, signal: AbortSignal): Promise<CommandRun> {
  const child = startChild('command-process.js', signal);
  try {
    return commandRunSchema.parse(await child.ask(order));
  } finally {
    await child.end();
  }
}

/** A directory whose second night has so many changes, written straight into the tables. */
async function writeNight(client: pg.Client, changes: number): Promise<void> {
  await writeYear(client, { users: USERS, nights: 2, churn: 0 });
  await client.query(WRITE_CHANGES, [changes]);
  await client.query('UPDATE runs SET changes = $1 WHERE id = 2', [changes]);
  await client.query('VACUUM (ANALYZE)');
}

const WRITE_CHANGES = `
  INSERT INTO changes (run_id, kind, user_id, email, not_before, scope, role_id, role_name, bot_id, bot_name, before)
  SELECT night.id, 'role_revoked', u.user_id, u.email, night.opened_at, 'bot', r.role_id, r.name, b.bot_id, b.name,
         '{"direct": true, "via_groups": []}'
    FROM runs night, generate_series(0, $1::int - 1) n
    JOIN users u ON u.id = n / 20 % ${USERS} + 1
    JOIN roles r ON r.id = n % 20 + 1
    JOIN bots b ON b.id = n % 300 + 1
   WHERE night.id = 2
   ORDER BY n`;

function describe(measured: readonly Measured[]): string {
  const head = ['command', 'changes', 'seconds', 'output MiB', 'peak MiB'];
  const rows = measured.map(({ command, changes, seconds, bytes, peakRssBytes }) => [
    command,
    changes.toLocaleString('en-US'),
    seconds.toFixed(1),
    (bytes / 2 ** 20).toFixed(0),
    (peakRssBytes / 2 ** 20).toFixed(0),
  ]);
  return describeMarkdown([head, ...rows]);
}

await new Command('bench:output')
  .description('what it takes to show a night of many changes: time, and the memory of the process')
  .option(
    '--changes <number>',
    `of the larger night; the smaller one has a ${SMALLER}th`,
    parseNumber,
    1_000_000,
  )
  .action(({ changes }: { changes: number }) => withBench((bench) => runOutput(bench, changes)))
  .parseAsync();

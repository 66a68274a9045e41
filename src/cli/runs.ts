import type { Command } from 'commander';
import { openStorage, type Storage } from '../app.ts';
import { parseConfig, readSurroundings } from '../config.ts';
import { SyncError } from '../core/errors.ts';
import { describeRoleChanges } from '../report/role-changes.ts';
import { count, describeRun, isPartial } from '../report/run.ts';
import { describeTable } from '../report/table.ts';
import { loadRoleChanges } from '../store/changes.ts';
import { loadRejectedEntries, loadRun, loadRuns } from '../store/runs.ts';
import { printLine, type Terminal } from './output.ts';

const SHOWN_RUNS = 20;
const SHOWN_ROWS = 50;

export function addRunsCommand(program: Command, terminal: Terminal): void {
  const runs = program
    .command('runs')
    .description('list the latest runs')
    .action(() => withStorage((storage) => listRuns(storage, terminal)));
  runs
    .command('show')
    .argument('<id>', 'run id, as `runs` lists it')
    .description('one run: its answers, rejected roster lines, changes and verdict')
    .action((id: string) => withStorage((storage) => showRun(storage, terminal, id)));
}

async function withStorage(work: (storage: Storage) => Promise<void>): Promise<void> {
  const { env, surroundings } = readSurroundings();
  const storage = await openStorage(parseConfig(env, { ...surroundings, defaultLogLevel: 'warn' }));
  try {
    await work(storage);
  } finally {
    await storage.close();
  }
}

async function listRuns({ database }: Storage, { stdout }: Terminal): Promise<void> {
  const runs = await loadRuns(database, SHOWN_RUNS);
  if (runs.length === 0) {
    printLine(stdout, 'No run yet.');
    return;
  }
  const rows = runs.map((run) => [
    run.runId,
    run.key,
    `${run.status}${isPartial(run) ? ', partial' : ''}${run.dryRun ? ', dry run' : ''}`,
    run.asOf?.toISOString() ?? '',
    count(run.roster.entries),
    count(run.answers.unanswered),
    count(run.changes),
  ]);
  printLine(
    stdout,
    describeTable(['Run', 'Key', 'Status', 'As of', 'Entries', 'Unanswered', 'Changes'], rows),
  );
}

async function showRun({ database }: Storage, { stdout }: Terminal, id: string): Promise<void> {
  const run = /^\d{1,18}$/.test(id) ? await loadRun(database, id) : undefined;
  if (run === undefined)
    throw new SyncError('RUN_NOT_FOUND', `There is no run ${id}. 'kore-sync runs' lists them.`);
  printLine(stdout, describeRun(run));
  if (run.planHash !== null) printLine(stdout, `  plan     ${run.planHash}`);
  const rejected = await loadRejectedEntries(database, id, SHOWN_ROWS);
  if (rejected.length > 0) {
    const rows = rejected.map(({ line, reason, text }) => [count(line), reason, text]);
    printLine(stdout, `\nRejected roster lines (${rejected.length} of ${count(run.roster.rejected)}):`);
    printLine(stdout, describeTable(['Line', 'Reason', 'Text'], rows));
  }
  const changes = await loadRoleChanges(database, id, SHOWN_ROWS);
  if (changes.length > 0) {
    printLine(stdout, `\nRole changes (the first ${changes.length}; all in directory.role_changes):`);
    printLine(stdout, describeRoleChanges(changes));
  }
}

import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { Storage } from '../app.ts';
import { parseConfig } from '../config/config.ts';
import { SyncError } from '../core/errors.ts';
import { count } from '../core/quantity.ts';
import { describeUndelivered } from '../report/alerts.ts';
import { describeChanges } from '../report/changes.ts';
import { describePlan } from '../report/plan.ts';
import { describeRun, isPartial } from '../report/run.ts';
import { describeTable } from '../report/table.ts';
import { countUndeliveredAlerts, loadUndeliveredAlerts } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import { loadFigures, loadReadableChanges } from '../store/plan/plan-reading.ts';
import { loadRejectedEntries, loadRun, loadRuns, type RunSummary } from '../store/runs.ts';
import { addDecisionCommands } from './decide.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { parseRunId } from './run-id.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withStorage } from './with-storage.ts';

const SHOWN_RUNS = 20;
const SHOWN_ROWS = 50;

export function addRunsCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const runs = program
    .command('runs')
    .description('list the latest runs')
    .action(() => withStorage(readWatchedConfig(parseConfig), (storage) => listRuns(storage, terminal)));
  runs
    .command('show')
    .argument('<id>', 'run id, as `runs` lists it', parseRunId)
    .description(
      'one run: its answers, rejected roster lines, plan or changes, verdict, and how to decide on it',
    )
    .action((id: string) =>
      withStorage(readWatchedConfig(parseConfig), (storage) => showRun(storage, terminal, id)),
    );
  addDecisionCommands(runs, terminal, setExitCode);
}

async function listRuns({ database }: Storage, { stdout }: Terminal): Promise<void> {
  const runs = await loadRuns(database, SHOWN_RUNS);
  if (runs.length === 0) {
    printLine(stdout, 'No run yet.');
    return;
  }
  const undelivered = await countUndeliveredAlerts(
    database,
    runs.map(({ runId }) => runId),
  );
  const rows = runs.map((run) => [
    run.runId,
    run.key,
    `${run.status}${isPartial(run) ? ', partial' : ''}${run.dryRun ? ', dry run' : ''}${run.parentId === null ? '' : ', retry'}`,
    run.asOf?.toISOString() ?? '',
    count(run.roster.entries),
    count(run.answers.unanswered),
    count(run.changes),
    describeUndeliveredCount(undelivered.get(run.runId)),
  ]);
  printLine(
    stdout,
    describeTable(['Run', 'Key', 'Status', 'As of', 'Entries', 'Unanswered', 'Changes', 'Alerts'], rows),
  );
}

function describeUndeliveredCount(
  alerts: { readonly pending: number; readonly dead: number } | undefined,
): string {
  if (alerts === undefined) return '';
  const { pending, dead } = alerts;
  return [dead > 0 ? `${dead} dead` : '', pending > 0 ? `${pending} pending` : '']
    .filter((part) => part !== '')
    .join(', ');
}

async function showRun({ database }: Storage, { stdout }: Terminal, id: string): Promise<void> {
  const run = await loadRun(database, id);
  if (run === undefined)
    throw new SyncError('RUN_NOT_FOUND', `There is no run ${id}. 'kore-sync runs' lists them.`);
  printLine(stdout, describeRun(run));
  const rejected = await loadRejectedEntries(database, id, SHOWN_ROWS);
  if (rejected.length > 0) {
    const rows = rejected.map(({ line, reason, text }) => [count(line), reason, text]);
    printLine(stdout, `\nRejected roster lines (${rejected.length} of ${count(run.roster.rejected)}):`);
    printLine(stdout, describeTable(['Line', 'Reason', 'Text'], rows));
  }
  const undelivered = await loadUndeliveredAlerts(database, SHOWN_ROWS, id);
  if (undelivered.length > 0) {
    printLine(
      stdout,
      `\nAlerts that have not arrived ('kore-sync alerts resend' sends the dead ones again):`,
    );
    printLine(stdout, describeUndelivered(undelivered));
  }
  await showPlan(database, run, stdout);
}

/** The first changes of a run, planned or published, and what the guard judged; for `sync --dry-run` too. */
export async function showPlan(database: Database, run: RunSummary, stdout: Writable): Promise<void> {
  const changes = await loadReadableChanges(database, run.runId, SHOWN_ROWS);
  if (changes.length > 0) {
    printLine(stdout, `\nChanges (${describeShown(changes.length, run)}):`);
    printLine(stdout, describeChanges(changes));
  }
  if (run.planHash !== null) printLine(stdout, describePlan(run, await loadFigures(database, run.runId)));
}

function describeShown(shown: number, { changes, status }: RunSummary): string {
  if (shown >= changes) return `all ${count(changes)}`;
  const place = status === 'published' ? 'directory.changes' : 'table planned_changes';
  return `the first ${count(shown)}, and ${count(changes - shown)} more, in ${place}`;
}

import type { Command } from 'commander';
import { exitCodeOfRun } from '../core/exit-code.ts';
import { describeRun, toRunReport } from '../report/run.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { createProgressView } from './progress.ts';
import { runSync } from './run-sync.ts';
import { showPlan } from './runs.ts';
import { withApp } from './with-app.ts';

interface SyncOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addSyncCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('sync')
    .description('one run now, in the foreground; joins the run that is open, if any')
    .option('--dry-run', 'go all the way through the publish transaction, and roll it back')
    .option('--json', 'print one JSON object on standard output and nothing else')
    .action(async (options: SyncOptions) => {
      const run = await withApp(async (app, signal) => {
        const ended = await runSync(app, createProgressView(terminal), {
          dryRun: options.dryRun ?? false,
          signal,
        });
        if (options.json === true) return ended;
        printLine(terminal.stdout, describeRun(ended));
        // What nobody can look up in the views: it is not the truth, or not yet.
        if (ended.dryRun || ended.status === 'held')
          await showPlan(app.context.database, ended, terminal.stdout);
        return ended;
      });
      if (options.json === true) printLine(terminal.stdout, JSON.stringify(toRunReport(run)));
      setExitCode(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered }));
    });
}

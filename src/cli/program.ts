import { Command } from 'commander';
import { addAccessCommand } from './access.ts';
import { addAlertsCommand } from './alerts.ts';
import { addCheckCommand } from './check.ts';
import { addDatabaseCommand } from './database.ts';
import { addDemoCommand } from './demo.ts';
import { addDiffCommand } from './diff.ts';
import { addHistoryCommand } from './history.ts';
import { addHoldersCommand } from './holders.ts';
import { addMigrateCommand } from './migrate.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { addReportCommand } from './report.ts';
import { addRunsCommand } from './runs.ts';
import { addSimulateCommand } from './simulate.ts';
import { addStartCommand } from './start.ts';
import { addSyncCommand } from './sync.ts';
import { addVerifyCommand } from './verify.ts';

/** Every command. */
export function buildProgram(terminal: Terminal, setExitCode: SetExitCode): Command {
  const program = new Command('kore-sync')
    .description('Keeps who can do what in a Kore.ai account in PostgreSQL, with its whole history.')
    .exitOverride();
  addDemoCommand(program, terminal);
  addCheckCommand(program, terminal, setExitCode);
  addSyncCommand(program, terminal, setExitCode);
  addStartCommand(program);
  addRunsCommand(program, terminal, setExitCode);
  addAlertsCommand(program, terminal, setExitCode);
  addDiffCommand(program, terminal, setExitCode);
  addHistoryCommand(program, terminal, setExitCode);
  addAccessCommand(program, terminal, setExitCode);
  addHoldersCommand(program, terminal, setExitCode);
  addReportCommand(program, terminal, setExitCode);
  addMigrateCommand(program, terminal);
  addVerifyCommand(program, terminal, setExitCode);
  addDatabaseCommand(program, terminal);
  addSimulateCommand(program, terminal);
  return program;
}

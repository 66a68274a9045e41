import { Command } from 'commander';
import type { ExitCode } from '../core/exit-code.ts';
import { addDatabaseCommand } from './database.ts';
import { addDemoCommand } from './demo.ts';
import { addMigrateCommand } from './migrate.ts';
import type { Terminal } from './output.ts';
import { addRunsCommand } from './runs.ts';
import { addSimulateCommand } from './simulate.ts';
import { addSyncCommand } from './sync.ts';

/** Every command. `setExitCode` is told when a command that worked ends with another code than 0. */
export function buildProgram(terminal: Terminal, setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('kore-sync')
    .description('Keeps who can do what in a Kore.ai account in PostgreSQL, with its whole history.')
    .exitOverride();
  addDemoCommand(program, terminal);
  addSyncCommand(program, terminal, setExitCode);
  addRunsCommand(program, terminal);
  addMigrateCommand(program, terminal);
  addDatabaseCommand(program, terminal);
  addSimulateCommand(program, terminal);
  return program;
}

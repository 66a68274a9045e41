import { CommanderError } from 'commander';
import { printLine, TERMINAL } from './cli/output.ts';
import { buildProgram } from './cli/program.ts';
import { SyncError } from './core/errors.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './core/exit-code.ts';

function setExitCode(code: ExitCode): void {
  process.exitCode = code;
}

function reportFailure(error: unknown): ExitCode {
  // commander has printed its own message, and its codes are 1 for everything.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof SyncError) {
    for (const line of [error.message, ...error.faults.map((fault) => `  ${fault}`)])
      printLine(TERMINAL.stderr, line);
    return exitCodeOfError(error.code);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  printLine(TERMINAL.stderr, `This should not have happened; please report it. ${text}`);
  return EXIT.failed;
}

// Whoever reads may have seen enough (`| head`). What was begun is ended in order all the same.
process.stdout.on('error', (error: unknown) => {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
});

try {
  await buildProgram(TERMINAL, setExitCode).parseAsync(process.argv);
} catch (error) {
  setExitCode(reportFailure(error));
}

import { CommanderError } from 'commander';
import { keepHeapSmall } from './cli/heap.ts';
import { isClosedPipe, printLine, TERMINAL } from './cli/output.ts';
import { buildProgram } from './cli/program.ts';
import { SyncError } from './core/errors.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './core/exit-code.ts';

let lostOutput: Error | undefined;

/** What could not be told is not worth an exit code of 0. */
function setExitCode(code: ExitCode): void {
  process.exitCode = code === EXIT.ok && lostOutput !== undefined ? EXIT.failed : code;
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

/**
 * Says once that standard output takes nothing more. What was begun goes on and is ended in order all the same:
 * a night is published whether or not somebody can read about it.
 */
function noteLostOutput(error: Error): void {
  // Whoever reads may have seen enough (`| head`).
  if (isClosedPipe(error) || lostOutput !== undefined) return;
  lostOutput = error;
  const reason = 'code' in error ? String(error.code) : 'unknown';
  reportFailure(
    new SyncError(
      'OUTPUT_UNWRITABLE',
      `Standard output cannot be written to (${reason}): what is there is not complete. Expected a terminal, a pipe or a file on a disk with room. Call the command again with another output.`,
    ),
  );
  // Held and partial are still true.
  process.exitCode ||= EXIT.failed;
}

keepHeapSmall();
process.stdout.on('error', noteLostOutput);
process.stderr.on('error', () => {
  // A night does not end for its log, and there is nowhere left to say it.
});

try {
  await buildProgram(TERMINAL, setExitCode).parseAsync(process.argv);
} catch (error) {
  if (error !== lostOutput) setExitCode(reportFailure(error));
}

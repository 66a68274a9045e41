import type { Writable } from 'node:stream';
import type { ExitCode } from '../core/exit-code.ts';

/** Told when a command that worked ends with another code than 0. */
export type SetExitCode = (code: ExitCode) => void;

/** What a command writes to. Results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  /** `columns` wide where it is a terminal. */
  readonly stdout: Writable & { readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

export const TERMINAL: Terminal = { stdout: process.stdout, stderr: process.stderr };

export function printLine(stream: Writable, line = ''): void {
  stream.write(`${line}\n`);
}

/** Somebody who stops reading, as `head` does, has seen enough. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

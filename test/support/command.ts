import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { HOOKS, MAIN } from './entry-points.ts';

export interface CommandResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly result: Promise<CommandResult>;
  /** On the spot, as a power failure would. */
  kill(): void;
}

/** A file descriptor, or a pipe that is read to its end. */
export interface Outputs {
  readonly stdout?: 'pipe' | number;
  readonly stderr?: 'pipe' | number;
}

/**
 * Runs `kore-sync` in a process of its own, with no environment but this one; killed when the test ends. What it
 * prints to a file descriptor is not in the result.
 */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { stdout = 'pipe', stderr = 'pipe' }: Outputs = {},
): RunningCommand {
  const child = spawn(process.execPath, ['--import', HOOKS, MAIN, ...args], {
    stdio: ['ignore', stdout, stderr],
    env: { PATH: process.env['PATH'], ...env },
  });
  const exited = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  onTestFinished(async () => {
    kill();
    await exited;
  });
  const finish = async (): Promise<CommandResult> => {
    const [printed, complaint] = await Promise.all([readAll(child.stdout), readAll(child.stderr), exited]);
    return { code: child.exitCode, stdout: printed, stderr: complaint };
  };
  return { result: finish(), kill };
}

async function readAll(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const HOOKS = fileURLToPath(new URL('typescript-hooks.mjs', import.meta.url));
export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

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

/** Runs `kore-sync` in a process of its own, with no environment but this one; killed when the test ends. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string>>): RunningCommand {
  const child = spawn(process.execPath, ['--import', HOOKS, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const exited = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  onTestFinished(async () => {
    kill();
    await exited;
  });
  const finish = async (): Promise<CommandResult> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    return { code: child.exitCode, stdout, stderr };
  };
  return { result: finish(), kill };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import { HOOKS } from './entry-points.ts';

export interface Child {
  /** Resolves when the process has printed this line. */
  untilLine(line: string): Promise<void>;
  /** Rejects with what the process complained of unless it ended with 0. */
  untilExit(): Promise<number>;
  /** On the spot: the process gives nothing back. */
  kill(): Promise<void>;
}

/** Runs a script beside this file in a process of its own, its argument as JSON; killed when the test ends. */
export function startChild(script: string, argument: unknown): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', HOOKS, path, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaint = text(child.stderr);
  const exited = once(child, 'exit').then(() => child.exitCode);
  const lines = new Set<string>();
  const waiting = new Map<string, () => void>();
  createInterface(child.stdout).on('line', (line) => {
    lines.add(line);
    waiting.get(line)?.();
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const failed = async (): Promise<never> =>
    Promise.reject(new Error(`${script} ended with ${(await exited) ?? 'a signal'}: ${await complaint}`));
  return {
    async untilLine(line) {
      if (lines.has(line)) return;
      const { promise, resolve } = deferred<undefined>();
      waiting.set(line, () => resolve(undefined));
      await Promise.race([promise, exited.then(failed)]);
    },
    async untilExit() {
      const code = await exited;
      return code === 0 ? code : await failed();
    },
    kill,
  };
}

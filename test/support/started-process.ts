import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { HOOKS, MAIN } from './entry-points.ts';

export interface StartedProcess {
  /** Resolves with the first line of the log that matches, also one of the past; rejects where the process ends first. */
  untilLine(pattern: RegExp): Promise<string>;
  /** Looks again and again until it is so; rejects where the process ends first. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** What it ended with, and all it has logged. */
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
}

/** Runs `kore-sync start` in a process of its own, with no environment but this one; killed when the test ends. */
export function startProcess(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): StartedProcess {
  const child = spawn(process.execPath, ['--import', HOOKS, MAIN, 'start', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stderr).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  let isOver = false;
  const closed = once(child, 'close').finally(() => (isOver = true));
  return {
    async until(isSo) {
      while (!(await isSo())) {
        if (isOver) throw new Error(`ended before it was so:\n${lines.join('\n')}`);
        await delay(20);
      }
    },
    untilLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = lines.find((each) => pattern.test(each));
          if (line !== undefined) resolve(line);
        };
        waiting.add(look);
        look();
        void closed.then(() => reject(new Error(`ended without ${String(pattern)}:\n${lines.join('\n')}`)));
      }),
    signal: (name) => void child.kill(name),
    ended: closed.then(() => ({ code: child.exitCode, log: lines.join('\n') })),
  };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { HOOKS } from '../support/entry-points.ts';

const SCRIPT = fileURLToPath(new URL('night-process.ts', import.meta.url));

export interface NightEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly complaint: string;
}

export interface NightChild {
  /** Begins the night of this environment, and resolves when the process is gone. */
  run(env: Readonly<Record<string, string>>): Promise<NightEnd>;
  /** On the spot, as a power failure would. */
  kill(): void;
  /** It stands still, and neither knows nor tells. */
  freeze(): void;
  thaw(): void;
}

/** Starts a process for one night; it loads while others are at work. */
export function startNightChild(): NightChild {
  const child: ChildProcess = spawn(process.execPath, ['--import', HOOKS, SCRIPT], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const exited = once(child, 'exit');
  const complaint = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  const ready = child.stdout === null ? Promise.resolve() : once(child.stdout, 'data');
  child.stdin?.on('error', () => undefined);
  return {
    async run(env) {
      await Promise.race([ready, exited]);
      child.stdin?.write(`${JSON.stringify(env)}\n`);
      await exited;
      return { code: child.exitCode, complaint: await complaint };
    },
    kill: () => void child.kill('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

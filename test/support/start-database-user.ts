import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { EmbeddedDatabase, EmbeddedDatabaseOptions } from '../../src/embedded/embedded-database.ts';
import { HOOKS } from './entry-points.ts';

const SCRIPT = fileURLToPath(new URL('database-user.ts', import.meta.url));

export interface DatabaseUser extends Pick<EmbeddedDatabase, 'url' | 'port' | 'startedHere'> {
  /** Lets the process give the database back and waits for its end. */
  end(): Promise<void>;
  /** Kills the process on the spot, which gives nothing back. */
  kill(): Promise<void>;
}

/** Starts a process of its own that uses the embedded PostgreSQL, and waits until it has it. */
export async function startDatabaseUser(
  options: Omit<EmbeddedDatabaseOptions, 'onNotice'>,
  folderToDelete?: string,
): Promise<DatabaseUser> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      HOOKS,
      SCRIPT,
      JSON.stringify(options),
      ...(folderToDelete === undefined ? [] : [folderToDelete]),
    ],
    // Not in our process group: after Ctrl-C it still has a server to stop, and sees our end on its input.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const exited = once(child, 'exit').then(() => child.exitCode);
  const complaint = text(child.stderr);
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(String),
    exited.then(async () => Promise.reject(new Error(`The process has ended: ${await complaint}`))),
  ]);
  const opened = JSON.parse(line) as Pick<DatabaseUser, 'url' | 'port' | 'startedHere'>; // as database-user.ts writes it
  return {
    ...opened,
    end: async () => {
      child.stdin.end();
      const exitCode = await exited;
      if (exitCode !== 0)
        throw new Error(`The process ended with ${exitCode ?? 'a signal'}: ${await complaint}`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDatabaseUser } from '../support/start-database-user.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

/** A PostgreSQL that a test may do anything to. Keeps what it has committed. */
export interface OwnPostgres {
  readonly url: string;
  readonly port: number;
  /** Every connection breaks without a word, as in a crash; the next server recovers, on a port of its own. */
  crash(): Promise<OwnPostgres>;
  end(): Promise<void>;
}

export async function startOwnPostgres(folder?: string): Promise<OwnPostgres> {
  const dataDir = folder ?? (await makeTemporaryFolder());
  const user = await startDatabaseUser({ dataDir, settings: { fsync: 'off', full_page_writes: 'off' } });
  return {
    url: user.url,
    port: user.port,
    async crash() {
      const [pid] = (await readFile(path.join(dataDir, 'postgresql', 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      while (isAlive(Number(pid))) await delay(10);
      await user.kill();
      return startOwnPostgres(dataDir);
    },
    end: () => user.end(),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { setMaxListeners } from 'node:events';
import pg from 'pg';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { untilSignalled } from '../../src/cli/signals.ts';
import { openServers, type Servers } from './servers.ts';

/** What every case has in common. */
export interface Bench {
  readonly servers: Servers;
  readonly signal: AbortSignal;
  /** Told what is under way. */
  readonly onProgress: (text: string) => void;
}

/**
 * Runs `work` until it is done or a signal ends it, with servers of its own, which are gone afterwards. Progress goes to
 * standard error.
 */
export async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  await untilSignalled(async (signal) => {
    // Every process that is started listens for the end.
    setMaxListeners(Infinity, signal);
    const servers = await openServers();
    try {
      await work({ servers, signal, onProgress: (text) => printLine(TERMINAL.stderr, text) });
    } finally {
      await servers.close();
    }
  });
}

/** Lends a connection, which a signal cuts: a statement may take minutes. */
export async function withClient<T>(
  { signal }: Bench,
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  const cut = (): void => void client.end();
  await client.connect();
  signal.addEventListener('abort', cut);
  try {
    signal.throwIfAborted();
    return await work(client);
  } finally {
    signal.removeEventListener('abort', cut);
    await client.end();
  }
}

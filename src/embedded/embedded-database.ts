import { setTimeout as delay } from 'node:timers/promises';
import { DATABASE_NAME, DATABASE_USER, provideCluster, type Cluster } from './cluster.ts';
import type { ServerSettings } from './server.ts';
import { giveUsageBack, takeUsage, type Usage } from './usage.ts';

export interface EmbeddedDatabaseOptions {
  /** Holds the cluster, its password and its log; made where it is missing. */
  dataDir: string;
  /** Server settings for when the server is started here; one that already runs keeps its own. */
  settings?: ServerSettings;
  /** Told, in a sentence each, what takes time or went wrong in the background. */
  onNotice?: (notice: string) => void;
}

export interface EmbeddedDatabase {
  /** Carries the password: not for logs. */
  url: string;
  dataDir: string;
  port: number;
  /** False where a server that was already running is used. */
  startedHere: boolean;
  /** Ends the use; the last user's call stops the server. Never throws; further calls do nothing more. */
  release: () => Promise<void>;
}

/**
 * Opens the PostgreSQL that comes along, shared by all processes that name the same `dataDir`.
 *
 * The server belongs to none of them: it survives whoever started it and stops with its last user. Where all
 * of its users were killed it goes on, and the next one to come and go stops it.
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { dataDir, settings = {}, onNotice = () => undefined } = options;
  const cluster = await provideCluster(dataDir, onNotice);
  const usage = await takeUsage(cluster, settings, new AbortController().signal);
  return {
    url: `postgres://${DATABASE_USER}:${cluster.password}@127.0.0.1:${usage.port}/${DATABASE_NAME}?sslmode=disable`,
    dataDir: cluster.dataDir,
    port: usage.port,
    startedHere: usage.startedHere,
    release: keepUsage(cluster, settings, usage, onNotice),
  };
}

/**
 * Keeps the usage up until the returned function is called.
 *
 * A server that crashes forgets its locks when it recovers, and then the next process to finish would stop it
 * under us; one that was killed stays down. So a lost usage is taken again, which starts the server if need be,
 * on the same port unless somebody took it.
 */
function keepUsage(
  cluster: Cluster,
  settings: ServerSettings,
  first: Usage,
  onNotice: (notice: string) => void,
): () => Promise<void> {
  const releasing = new AbortController();
  const { signal } = releasing;
  let current: Promise<Usage | undefined> = Promise.resolve(first);
  let released: Promise<void> | undefined;

  const watch = (usage: Usage): Usage => {
    usage.connection.once('end', () => {
      if (!signal.aborted) current = retake();
    });
    return usage;
  };
  const retake = async (): Promise<Usage | undefined> => {
    onNotice(`The PostgreSQL server in ${cluster.dir} went away; connecting again`);
    for (let waitMs = 1_000; ; waitMs = 60_000) {
      try {
        await delay(waitMs, undefined, { signal });
        return watch(await takeUsage(cluster, settings, signal));
      } catch (error) {
        if (signal.aborted) return undefined;
        onNotice(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const release = async (): Promise<void> => {
    releasing.abort();
    const usage = await current;
    const problem = usage === undefined ? undefined : await giveUsageBack(cluster, usage);
    if (problem !== undefined) onNotice(problem);
  };
  watch(first);
  return () => (released ??= release());
}

import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createTemplate } from './postgres.ts';
import { findRedis, type FoundRedis } from './redis.ts';
import { startDatabaseUser, type DatabaseUser } from './start-database-user.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the run's PostgreSQL server; for a database of one's own, see postgres.ts. */
    postgresUrl: string;
    /** Deleted after the run; for a folder of one's own in it, see temporary-folder.ts. */
    temporaryFolder: string;
    /** A Redis for tests that share it, each under a prefix of its own; null where there is none. */
    redisUrl: string | null;
  }
}

let user: DatabaseUser | undefined;
let redis: FoundRedis | undefined;

/**
 * Starts one PostgreSQL server per test run, on data nobody needs after a crash.
 *
 * It is held by a process of its own, which stops the server and deletes all temporary folders as soon as this
 * process ends, in whatever way it ends. Servers that tests left in those folders notice and end as well.
 */
export async function setup({ provide }: TestProject): Promise<void> {
  redis = await findRedis();
  provide('redisUrl', redis.url);
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'kore-sync-test-'));
  await chmod(folder, 0o755);
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  user = await startDatabaseUser({ dataDir: join(folder, 'postgres'), settings }, folder);
  await createTemplate(user.url);
  provide('postgresUrl', user.url);
  provide('temporaryFolder', folder);
}

export async function teardown(): Promise<void> {
  await user?.end();
  await redis?.end();
}

import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openEmbeddedDatabase } from '../../src/embedded/embedded-database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrations.ts';
import { recreateDatabase } from '../../src/store/recreate-database.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';

export interface Servers {
  /** For rosters; gone at the end. */
  readonly folder: string;
  readonly postgresVersion: string;
  /** Null where there is no Redis. */
  readonly redisUrl: string | null;
  /** Makes an empty, migrated database, in place of the one made before. */
  createDatabase(): Promise<string>;
  close(): Promise<void>;
}

/** PostgreSQL and, where it is found, Redis, each with the durability it has by default. */
export async function openServers(): Promise<Servers> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'kore-sync-bench-'));
  const closing = [() => rm(folder, { recursive: true })];
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    // PostgreSQL refuses to run as root, and whoever it runs as instead has to get in.
    await chmod(folder, 0o755);
    const embedded = await openEmbeddedDatabase({ dataDir: path.join(folder, 'postgres') });
    closing.push(embedded.release);
    const redis = await openRedis(folder);
    closing.push(() => redis.end());
    return {
      folder,
      postgresVersion: await readVersion(embedded.url),
      redisUrl: redis.url,
      createDatabase: () => createDatabase(embedded.url),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createDatabase(serverUrl: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = '/bench';
  await recreateDatabase(url.href);
  const database = await openDatabase({ url: url.href, size: 2, onIdleError: () => undefined });
  await migrateDatabase(database, url.href);
  await database.close();
  return url.href;
}

async function openRedis(folder: string): Promise<{ readonly url: string | null; end(): Promise<void> }> {
  const url = process.env['REDIS_URL'];
  if (url !== undefined && url !== '') return { url, end: () => Promise.resolve() };
  const program = await findRedisProgram();
  if (program === undefined) return { url: null, end: () => Promise.resolve() };
  const settings = ['--dir', folder, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
  return startRedis(program, undefined, settings);
}

async function readVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  await client.end();
  return rows[0]?.version ?? 'unknown';
}

import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { openEmbeddedDatabase } from '../../src/embedded/embedded-database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrations.ts';
import { recreateDatabase } from '../../src/store/recreate-database.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';
import { readParent } from './processor-clock.ts';

export interface Servers {
  /** For rosters; gone at the end. */
  readonly folder: string;
  readonly postgresVersion: string;
  /** Null where there is no Redis. */
  readonly redisUrl: string | null;
  /** Their processes, as far as they are on this machine. */
  readonly pids: { readonly postgres: readonly number[]; readonly redis: readonly number[] };
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
    const postgres = await readFacts(embedded.url);
    return {
      folder,
      postgresVersion: postgres.version,
      redisUrl: redis.url,
      pids: { postgres: postgres.pids, redis: await readRedisPids(redis.url) },
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

async function readFacts(databaseUrl: string): Promise<{ version: string; pids: number[] }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ version: string; pid: number }>(
    `SELECT current_setting('server_version') AS version, pg_backend_pid() AS pid`,
  );
  const { version, pid } = rows[0] ?? { version: 'unknown', pid: 0 };
  // The parent of all its processes, while one of them lives to be asked.
  const postmaster = readParent(pid);
  await client.end();
  return { version, pids: postmaster === null ? [] : [postmaster] };
}

/** Nothing of a Redis on another machine. */
async function readRedisPids(url: string | null): Promise<number[]> {
  if (url === null || !['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname)) return [];
  const client = new Redis(url);
  const info = await client.info('server');
  client.disconnect();
  return Array.from(info.matchAll(/^process_id:(\d+)/gm), ([, pid]) => Number(pid));
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type pg from 'pg';

/** What was done so far, in things that do not depend on the speed of a machine. */
export interface Tally {
  /** Each operation of BullMQ on Redis is one script. */
  readonly queueOperations: number;
  readonly transactions: number;
  /** Inserted, updated or deleted in permanent tables. */
  readonly rows: number;
  readonly walBytes: number;
  readonly databaseBytes: number;
}

const LOOK_AGAIN_MS = 20;

/** To be asked where nobody else is connected to the database: a backend tells what it did at the latest when it ends. */
export async function readTally(client: pg.Client, redis: Redis): Promise<Tally> {
  while (await hasCompany(client)) await delay(LOOK_AGAIN_MS);
  const { rows } = await client.query<Omit<Tally, 'queueOperations'>>(READ_TALLY);
  const tally = rows[0];
  if (tally === undefined) throw new Error('the statistics of the database have no row');
  const [, scripts = '0'] = /^cmdstat_evalsha:calls=(\d+)/m.exec(await redis.info('commandstats')) ?? [];
  return { ...tally, queueOperations: Number(scripts) };
}

export function subtract(after: Tally, before: Tally): Tally {
  return {
    queueOperations: after.queueOperations - before.queueOperations,
    transactions: after.transactions - before.transactions,
    rows: after.rows - before.rows,
    walBytes: after.walBytes - before.walBytes,
    databaseBytes: after.databaseBytes - before.databaseBytes,
  };
}

async function hasCompany(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1`,
  );
  return rows.length > 0;
}

const READ_TALLY = `
  SELECT xact_commit::float8 AS transactions,
         (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 FROM pg_stat_all_tables WHERE schemaname = 'public') AS rows,
         (pg_current_wal_insert_lsn() - '0/0')::float8 AS "walBytes",
         pg_database_size(current_database())::float8 AS "databaseBytes"
    FROM pg_stat_database WHERE datname = current_database()`;

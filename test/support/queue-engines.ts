import { createPostgresBackend, Queue } from 'bullmq';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, inject, onTestFinished } from 'vitest';
import { openQueues, type OpenQueuesOptions, type QueueEngine, type Queues } from '../../src/queue/engine.ts';
import type { Lane } from '../../src/queue/job.ts';
import { recordLog } from './log-record.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

/** One engine for the tests of a suite, on a real server. */
export interface TestEngine {
  readonly kind: QueueEngine['kind'];
  /** Valid while tests run. */
  readonly engine: QueueEngine;
  /** Queues under a prefix of the test's own, closed when it ends. */
  open(options?: Partial<OpenQueuesOptions>): Promise<Queues>;
  /** Adds what no well-typed program adds. */
  addRaw(options: { prefix: string; lane: Lane; name: string; payload: unknown }): Promise<void>;
  /** Everything the engine stores about the jobs of a prefix, as text. */
  readStored(prefix: string): Promise<string>;
  /** Cuts every connection to the engine but the one that asks for it. */
  cutConnections(): Promise<void>;
}

/** Defines the suite once for each engine; on Redis it is skipped where there is none. */
export function describeEachEngine(name: string, suite: (engine: TestEngine) => void): void {
  describe(`${name}, on PostgreSQL`, () => {
    let database: TestDatabase | undefined;
    beforeAll(async () => {
      database = await createTestDatabase();
    });
    afterAll(async () => database?.drop());
    suite(onPostgres(() => database?.url ?? ''));
  });

  const redisUrl = inject('redisUrl');
  describe.skipIf(redisUrl === null)(`${name}, on Redis`, () => suite(onRedis(redisUrl ?? '')));
}

/** Unlike that of any other test, of this run or another. */
export function makePrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

async function open(engine: QueueEngine, options: Partial<OpenQueuesOptions>): Promise<Queues> {
  const queues = await openQueues({ engine, prefix: makePrefix(), logger: recordLog(), ...options });
  onTestFinished(async () => queues.close());
  return queues;
}

function onPostgres(databaseUrl: () => string): TestEngine {
  const query = async (sql: string, values: unknown[]) => {
    const client = new Client({ connectionString: databaseUrl() });
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(sql, values);
    } finally {
      await client.end();
    }
  };
  return {
    kind: 'postgres',
    get engine() {
      return { kind: 'postgres' as const, databaseUrl: databaseUrl() };
    },
    open(options = {}) {
      return open(this.engine, options);
    },
    async addRaw({ prefix, lane, name, payload }) {
      const pool = new Pool({ connectionString: databaseUrl(), options: '-c search_path=bullmq' });
      const connection = pool as never; // as never: BullMQ declares pools without pg's types
      const queue = new Queue(`${prefix}-${lane}`, { connection }, createPostgresBackend);
      await queue.add(name, payload, { removeOnFail: true });
      await queue.close();
      await pool.end();
    },
    async readStored(prefix) {
      const { rows } = await query('SELECT * FROM bullmq.job WHERE starts_with(queue, $1)', [prefix]);
      return JSON.stringify(rows);
    },
    async cutConnections() {
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        [],
      );
    },
  };
}

function onRedis(url: string): TestEngine {
  const ask = async <T>(question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url);
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  };
  const readKeys = async (client: Redis, prefix: string): Promise<string> => {
    const keys = await client.keys(`${prefix}:*`);
    const values = await Promise.all(
      keys.map(async (key) => ((await client.type(key)) === 'hash' ? await client.hgetall(key) : key)),
    );
    return JSON.stringify(values);
  };
  return {
    kind: 'redis',
    engine: { kind: 'redis', url },
    async open(options = {}) {
      const prefix = options.prefix ?? makePrefix();
      // Registered first, hence run last: a Redis that others use as well is left as it was found.
      onTestFinished(async () =>
        ask(async (client) => {
          const keys = await client.keys(`${prefix}:*`);
          if (keys.length > 0) await client.del(keys);
        }),
      );
      return await open(this.engine, { ...options, prefix });
    },
    async addRaw({ prefix, lane, name, payload }) {
      await ask(async (client) => {
        const queue = new Queue(lane, { connection: client, prefix });
        await queue.add(name, payload, { removeOnFail: true });
        await queue.close();
      });
    },
    async readStored(prefix) {
      return await ask((client) => readKeys(client, prefix));
    },
    async cutConnections() {
      await ask((client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    },
  };
}

import {
  createPostgresBackend,
  type PgPool,
  Queue,
  runMigrations,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
  Worker,
} from 'bullmq';
import { Client, Pool } from 'pg';
import { SyncError } from '../core/errors.ts';
import { byLane, closeQueues, type QueueBackend, untilReady, whenReady } from './backend.ts';
import { settlesWithin } from './deadline.ts';
import { makeInterrupt } from './interrupt.ts';
import { createOutageLog, describeReason, type QueueLogger } from './logger.ts';
import {
  CLOSE_TIMEOUT_MS,
  OPEN_TIMEOUT_MS,
  queueOptions,
  queueUnreachable,
  type QueueTiming,
} from './settings.ts';

/** Each worker keeps one connection for LISTEN; the others are shared, each for the milliseconds of a query. */
const POOL_SIZE = 8;

/**
 * BullMQ lets an idle worker wait for a notification for up to an hour. Looking again after seconds costs
 * nothing next to it, and a notification lost with its connection then costs seconds too.
 */
const LONGEST_WAIT_S = 5;

/** For a server that vanished without closing the connection; no query of BullMQ's takes seconds. */
const QUERY_TIMEOUT_MS = 30_000;

/**
 * BullMQ's queries name no schema, and a `search_path` among the connection options yields to one in the URL.
 * A crash of the server may cost the queue its last commits, which it may lose at any moment anyhow (I6). Not
 * waiting for the disk at each of them brings a fifth more jobs per second with four at once, and twice as many
 * with one. A process that freezes inside a transaction keeps nobody else out of the queue.
 */
const SESSION =
  "SET search_path TO bullmq; SET synchronous_commit TO off; SET idle_in_transaction_session_timeout TO '60s'";

const REMEDY = 'Start PostgreSQL or correct DATABASE_URL.';

export interface PostgresBackendOptions {
  readonly databaseUrl: string;
  readonly prefix: string;
  readonly timing: QueueTiming;
  readonly logger: QueueLogger;
}

/** Brings BullMQ's schema up to date; any number of processes may do so at once. */
export async function openPostgresBackend(options: PostgresBackendOptions): Promise<QueueBackend> {
  const { prefix, timing, logger } = options;
  const place = describePlace(options.databaseUrl);
  const unreachable = (error: unknown) => queueUnreachable(place, REMEDY, error);
  const outage = createOutageLog(place, logger);
  const pool = openPool(options.databaseUrl);
  pool.on('error', (error) => outage.report(error));
  pool.on('connect', () => outage.recovered());
  await migrate(pool, place).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });

  const connection = pool as PgPool; // as: the same class; BullMQ declares it without pg's types
  const queues = byLane((lane) => {
    const queue = new Queue(`${prefix}-${lane}`, { connection, ...queueOptions(timing) }, openBackend);
    queue.on('error', (error) => outage.report(error));
    return queue;
  });

  const backend: QueueBackend = {
    kind: 'postgres',
    queues,
    unreachable,
    async openConsumer(lane, processor, consumerOptions) {
      const worker = new Worker(
        `${prefix}-${lane}`,
        processor,
        { ...consumerOptions, connection, autorun: false },
        openBackend,
      );
      worker.on('error', (error) => outage.report(error));
      await untilReady(worker).catch(async (error: unknown) => {
        await worker.close(true);
        throw unreachable(error);
      });
      return { worker, interrupt: makeInterrupt(worker, () => worker.getBackend().disconnectBlocking()) };
    },
    async close() {
      await closeQueues(queues);
      await settlesWithin(pool.end(), CLOSE_TIMEOUT_MS);
    },
  };
  return await whenReady(backend);
}

/** BullMQ builds a pool of its own per queue and worker from a URL; it is given one for all instead. */
function openPool(databaseUrl: string): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    application_name: 'kore-sync queue',
    connectionTimeoutMillis: OPEN_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- pg-pool waits for it; its types do not say so
    onConnect: (client) => client.query(SESSION),
  });
  // Each queue and each worker of BullMQ adds a listener of its own to the pool.
  pool.setMaxListeners(0);
  return pool;
}

const openBackend: typeof createPostgresBackend = (...args) =>
  Object.defineProperty(createPostgresBackend(...args), 'maximumBlockTimeout', { value: LONGEST_WAIT_S });

async function migrate(pool: Pool, place: string): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    throw queueUnreachable(place, REMEDY, error);
  });
  try {
    await runMigrations(client);
  } catch (error) {
    throw migrationFailed(place, error);
  } finally {
    client.release();
  }
}

function migrationFailed(place: string, error: unknown): SyncError {
  const where = `[queue] ${place}, schema bullmq`;
  if (error instanceof UnsupportedPostgresVersionError) {
    return new SyncError('DATABASE_TOO_OLD', `${where}: server ${error.serverVersion}. Use 14 or newer.`);
  }
  if (error instanceof SchemaVersionMismatchError) {
    const message = `${where}: belongs to BullMQ ${error.minimumClientVersion}. Upgrade kore-sync.`;
    return new SyncError('DATABASE_NEWER', message);
  }
  const advice = 'The user of DATABASE_URL must own the database.';
  return new SyncError('DATABASE_MIGRATION_FAILED', `${where}: ${describeReason(error)}. ${advice}`);
}

function describePlace(databaseUrl: string): string {
  try {
    const { host, port, database } = new Client({ connectionString: databaseUrl });
    return `PostgreSQL at ${host}:${port}, database ${database ?? '(default)'}`;
  } catch {
    throw queueUnreachable('PostgreSQL', REMEDY, 'DATABASE_URL is no connection URL');
  }
}

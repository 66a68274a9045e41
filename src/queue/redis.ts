import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { byLane, closeQueues, type QueueBackend, untilReady, whenReady } from './backend.ts';
import { settlesWithin, within } from './deadline.ts';
import { makeInterrupt } from './interrupt.ts';
import { createOutageLog, type OutageLog, type QueueLogger } from './logger.ts';
import {
  CLOSE_TIMEOUT_MS,
  OPEN_TIMEOUT_MS,
  queueOptions,
  queueUnreachable,
  type QueueTiming,
  REQUEST_TIMEOUT_MS,
} from './settings.ts';

const SHARED = {
  lazyConnect: true,
  connectTimeout: OPEN_TIMEOUT_MS,
  keepAlive: 10_000,
  // For a server that vanished without closing the connection; longer than any command blocks (10 s).
  socketTimeout: 30_000,
  // For ever: a service that runs unattended outlives an outage of its Redis.
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
  // After a failover the former primary answers READONLY until the connection is made anew.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/** Somebody waits for the answer: an error after a few seconds. PostgreSQL still knows what is due (I6). */
const PRODUCER = { ...SHARED, maxRetriesPerRequest: 2, commandTimeout: REQUEST_TIMEOUT_MS };

/** Nobody waits: a worker sits out an outage of any length. */
const CONSUMER = { ...SHARED, maxRetriesPerRequest: null };

export const REDIS_REMEDY =
  'Start Redis or correct REDIS_URL (redis://user:password@host:port/0); without it the queue lives in PostgreSQL.';

export interface RedisBackendOptions {
  readonly url: string;
  readonly prefix: string;
  readonly timing: QueueTiming;
  readonly logger: QueueLogger;
}

/** Fails within seconds where Redis does not answer. */
export async function openRedisBackend(options: RedisBackendOptions): Promise<QueueBackend> {
  const { url, prefix, timing, logger } = options;
  const place = describeRedis(url);
  const producer = new Redis(url, PRODUCER);
  // What a request fails with ("max retries", "timed out") does not say why; the connection does, in an event.
  let lost: Error | undefined;
  producer.on('error', (error: Error) => (lost = error));
  producer.on('ready', () => (lost = undefined));
  const unreachable = (error: unknown) => queueUnreachable(place, REDIS_REMEDY, lost ?? error);
  await within(producer.connect(), OPEN_TIMEOUT_MS).catch((error: unknown) => {
    producer.disconnect();
    throw unreachable(error);
  });

  const consumer = new Redis(url, CONSUMER);
  const outage = createOutageLog(place, logger);
  for (const client of [producer, consumer]) watch(client, outage);
  const queues = byLane((lane) => {
    const queue = new Queue(lane, { connection: producer, prefix, ...queueOptions(timing) });
    queue.on('error', (error) => outage.report(error));
    return queue;
  });
  const backend: QueueBackend = {
    kind: 'redis',
    queues,
    unreachable,
    async openConsumer(lane, processor, consumerOptions) {
      const connection = { connection: consumer, prefix, autorun: false };
      const worker = new Worker(lane, processor, { ...consumerOptions, ...connection });
      worker.on('error', (error) => outage.report(error));
      await untilReady(worker).catch(async (error: unknown) => {
        await worker.close(true);
        throw unreachable(error);
      });
      return {
        worker,
        interrupt: makeInterrupt(worker, () => worker.getBackend().disconnectBlocking(false)),
      };
    },
    async close() {
      await closeQueues(queues);
      await Promise.all([producer, consumer].map(disconnect));
    },
  };
  return await whenReady(backend);
}

function watch(client: Redis, outage: OutageLog): void {
  client.on('error', (error) => outage.report(error));
  client.on('ready', () => outage.recovered());
}

async function disconnect(client: Redis): Promise<void> {
  // Between two attempts to reconnect there is nothing to end but the timer, and no event says so.
  const connected = client.status !== 'end' && client.status !== 'reconnecting';
  const ended = connected ? once(client, 'end') : Promise.resolve();
  client.disconnect();
  await settlesWithin(ended, CLOSE_TIMEOUT_MS);
}

/** For messages. ioredis takes whatever is no URL for the path of a socket and repeats it, password and all, in its errors. */
export function describeRedis(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    throw queueUnreachable('Redis', REDIS_REMEDY, 'REDIS_URL is no Redis URL');
  }
  return `Redis at ${parsed.hostname}:${parsed.port || '6379'}`;
}

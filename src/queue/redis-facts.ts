import { Redis } from 'ioredis';
import { within } from './deadline.ts';
import { describeRedis, REDIS_REMEDY } from './redis.ts';
import { OPEN_TIMEOUT_MS, queueUnreachable } from './settings.ts';

/** What a Redis is like, for somebody who has to judge whether it will do. Null where the server does not say. */
export interface RedisFacts {
  readonly version: string | null;
  readonly isReplica: boolean;
  readonly isCluster: boolean;
  readonly evictionPolicy: string | null;
  readonly appendOnly: boolean | null;
  /** When it writes a snapshot, as in its configuration; empty: never. Null where CONFIG is not allowed. */
  readonly snapshots: string | null;
  /** BullMQ does everything through scripts. */
  readonly canRunScripts: boolean;
}

/** One connection, one attempt. Throws `QUEUE_UNREACHABLE` within seconds; its message holds no password. */
export async function loadRedisFacts(url: string): Promise<RedisFacts> {
  const place = describeRedis(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: OPEN_TIMEOUT_MS,
    commandTimeout: OPEN_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What a request fails with does not say why; the connection does, in an event.
  let lost: Error | undefined;
  redis.on('error', (error: Error) => (lost = error));
  try {
    await within(redis.connect(), OPEN_TIMEOUT_MS);
    const info = parseInfo(await redis.info());
    return {
      version: info.get('valkey_version') ?? info.get('redis_version') ?? null,
      isReplica: info.get('role') === 'slave',
      isCluster: info.get('cluster_enabled') === '1',
      evictionPolicy: info.get('maxmemory_policy') ?? (await loadSetting(redis, 'maxmemory-policy')),
      appendOnly: parseFlag(info.get('aof_enabled')),
      snapshots: await loadSetting(redis, 'save'),
      canRunScripts: await redis.eval('return 1', 0).then(
        () => true,
        () => false,
      ),
    };
  } catch (error) {
    throw queueUnreachable(place, REDIS_REMEDY, lost ?? error);
  } finally {
    redis.disconnect();
  }
}

/** A managed Redis may refuse CONFIG. */
async function loadSetting(redis: Redis, name: string): Promise<string | null> {
  const reply: unknown = await redis.config('GET', name).catch(() => null);
  const value: unknown = Array.isArray(reply) ? reply[1] : null;
  return typeof value === 'string' ? value : null;
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

function parseFlag(text: string | undefined): boolean | null {
  return text === undefined ? null : text === '1';
}

import type { StorageConfig } from '../config/config.ts';
import { failed, notTried, ok, warning, type Finding } from '../core/finding.ts';
import { loadRedisFacts, type RedisFacts } from '../queue/redis-facts.ts';
import { describeError } from './find.ts';

export const QUEUE = 'queue';
const MEMORY = 'queue memory';
const PERSISTENCE = 'queue persistence';

/** BullMQ runs on 5, and leaves out of its tests what is older than this. */
const MIN_VERSION: readonly [number, number] = [6, 2];

export async function* checkQueue({ redisUrl }: StorageConfig): AsyncGenerator<Finding, void> {
  if (redisUrl === null) {
    yield ok(QUEUE, 'in PostgreSQL: REDIS_URL is not set');
    return;
  }
  const facts = await loadRedisFacts(redisUrl.reveal()).catch(describeError);
  if (typeof facts === 'string') {
    yield failed(QUEUE, facts);
    yield notTried(MEMORY, QUEUE);
    yield notTried(PERSISTENCE, QUEUE);
    return;
  }
  yield judgeServer(facts);
  yield judgeMemory(facts);
  yield judgePersistence(facts);
}

export function judgeServer({ version, isReplica, isCluster, canRunScripts }: RedisFacts): Finding {
  const place = `Redis ${version ?? 'of an unknown version'}`;
  if (isReplica)
    return failed(QUEUE, `${place} is a replica, which takes no writes`, 'Name the primary in REDIS_URL.');
  if (isCluster) {
    return failed(
      QUEUE,
      `${place} is part of a cluster, over which a queue cannot be spread`,
      'Name a single Redis in REDIS_URL, or leave it out: the queue then lives in PostgreSQL.',
    );
  }
  if (!canRunScripts) {
    return failed(
      QUEUE,
      `${place} lets this user run no scripts`,
      'Allow @scripting beside reading and writing in its access list.',
    );
  }
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== null && (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))) {
    return failed(QUEUE, `${place} is too old`, `Use ${MIN_VERSION.join('.')} or newer.`);
  }
  return ok(QUEUE, place);
}

/** A queue from which single keys are thrown out is a broken one, not an emptier one. */
export function judgeMemory({ evictionPolicy }: RedisFacts): Finding {
  if (evictionPolicy === 'noeviction') return ok(MEMORY, 'maxmemory-policy noeviction');
  const remedy =
    'Set maxmemory-policy noeviction: CONFIG SET, and its configuration file or the parameter group.';
  if (evictionPolicy === null) {
    return warning(
      MEMORY,
      'the eviction policy could not be seen: this Redis allows neither INFO nor CONFIG',
      remedy,
    );
  }
  return failed(
    MEMORY,
    `maxmemory-policy is ${evictionPolicy}: when memory runs out, jobs are thrown out`,
    remedy,
  );
}

/** No more than a warning: PostgreSQL alone is enough to go on (I6). */
export function judgePersistence({ appendOnly, snapshots }: RedisFacts): Finding {
  if (appendOnly === true) return ok(PERSISTENCE, 'append-only file');
  if (snapshots !== null && snapshots !== '') return ok(PERSISTENCE, 'snapshots');
  const remedy = 'Set appendonly yes, unless a minute more after its restart does not matter.';
  return snapshots === null
    ? warning(
        PERSISTENCE,
        'no append-only file, and snapshots could not be seen: CONFIG is not allowed',
        remedy,
      )
    : warning(
        PERSISTENCE,
        'keeps nothing over a restart; what is due is enqueued again by the sweep',
        remedy,
      );
}

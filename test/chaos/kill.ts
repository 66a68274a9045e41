import { inject } from 'vitest';
import { startNightChild, type NightChild } from './night-child.ts';
import { readOutcome, type Outcome } from './outcome.ts';
import { PostgresWire } from './postgres-wire.ts';
import { startProxy, type Point, type Proxy } from './proxy.ts';
import { RedisWire } from './redis-wire.ts';
import { runToItsEnd, type Engine, type Scene } from './scene.ts';

/** A point on the way to one of the servers. */
export interface KillPoint extends Point {
  readonly server: Engine;
  /** A request of the queue's, which may come less often on another night, or not at all. */
  readonly isOfQueue: boolean;
}

export interface Disturbed {
  readonly point: KillPoint;
  readonly outcome: Outcome;
}

/** Processes at a time: each waits for locks of the dead one most of its time. */
const AT_ONCE = 3;
/** What one night has another may not: how often the queue asks depends on which worker was quicker. */
const TRIES = 3;

interface Proxies {
  readonly postgres: Proxy;
  readonly redis: Proxy | null;
}

async function withProxies<T>(engine: Engine, work: (proxies: Proxies) => Promise<T>): Promise<T> {
  const postgres = await startProxy(portOf(inject('postgresUrl')), () => new PostgresWire());
  const redisUrl = inject('redisUrl');
  const redis =
    engine === 'redis' && redisUrl !== null
      ? await startProxy(portOf(redisUrl), () => new RedisWire())
      : null;
  try {
    return await work({ postgres, redis });
  } finally {
    await postgres.close();
    await redis?.close();
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/**
 * The commit points of a night: before a transaction commits, and after each commit, its reply withheld. Those
 * that two nights have in common; the rest depends on who was quicker.
 */
export async function traceCommitPoints(scene: Scene, engine: Engine): Promise<KillPoint[]> {
  const first = await traceNight(scene, engine);
  const second = new Set((await traceNight(scene, engine)).map(describePoint));
  return first.filter((point) => second.has(describePoint(point)));
}

export function describePoint({ server, when, nth, name }: KillPoint): string {
  return `${when} ${nth}. "${name}" (${server})`;
}

async function traceNight(scene: Scene, engine: Engine): Promise<KillPoint[]> {
  return withProxies(engine, async ({ postgres, redis }) => {
    const database = await scene.takeEvening();
    try {
      await playInProcess(scene, database, startNightChild(), { postgres, redis });
    } finally {
      await database.drop();
    }
    return [...commitPoints(postgres, 'postgres'), ...(redis === null ? [] : commitPoints(redis, 'redis'))];
  });
}

function commitPoints({ trace }: Proxy, server: Engine): KillPoint[] {
  return trace
    .filter(({ commits, when, name }) => commits && (when === 'after' || name.startsWith('COMMIT')))
    .map(({ name, nth, when, isOfQueue }) => ({ server, name, nth, when, isOfQueue }));
}

async function playInProcess(
  scene: Scene,
  database: { readonly url: string },
  child: NightChild,
  { postgres, redis }: Proxies,
): Promise<void> {
  const ports = { postgres: postgres.port, ...(redis !== null && { redis: redis.port }) };
  const { code, complaint } = await child.run(scene.envOf(database, ports));
  const hasStruck = postgres.hasStruck() || redis?.hasStruck() === true;
  if (code !== 0 && !hasStruck)
    throw new Error(`The night's process ended with ${code ?? 'a signal'}: ${complaint}`);
}

/**
 * Plays the night once for each point, kills its process there, lets another go on, and says how it all ended. A point
 * of the queue's that does not come again is left out; any other that does not is an error.
 */
export async function killAt(
  scene: Scene,
  engine: Engine,
  points: readonly KillPoint[],
): Promise<Disturbed[]> {
  const results: (Disturbed | undefined)[] = [];
  const queue = [...points.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, point] = next;
      results[index] = await killOnce(scene, engine, point);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results.filter((each) => each !== undefined);
}

async function killOnce(scene: Scene, engine: Engine, point: KillPoint): Promise<Disturbed | undefined> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const outcome = await withProxies(engine, (proxies) => tryToKill(scene, proxies, point));
    if (outcome !== undefined) return { point, outcome };
  }
  if (point.isOfQueue) return undefined;
  throw new Error(`The fault never fired: ${describePoint(point)}`);
}

async function tryToKill(scene: Scene, proxies: Proxies, point: KillPoint): Promise<Outcome | undefined> {
  const proxy = point.server === 'postgres' ? proxies.postgres : proxies.redis;
  const database = await scene.takeEvening();
  try {
    const child = startNightChild();
    proxy?.arm(point, () => child.kill());
    await playInProcess(scene, database, child, proxies);
    if (proxy?.hasStruck() !== true) return undefined;
    await runToItsEnd(scene.envOf(database));
    return await readOutcome(database);
  } finally {
    await database.drop();
  }
}

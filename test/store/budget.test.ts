import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { givePlaceBack, takePlace, type RateLimit } from '../../src/store/budget.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;
/** Of another process, as far as PostgreSQL can tell. */
let elsewhere: Database;

beforeAll(async () => {
  store = await createStore();
  elsewhere = await openDatabase({ url: store.url, size: 4, onIdleError: () => undefined });
  return async () => {
    await elsewhere.close();
    await store.close();
  };
});

beforeEach(() => emptyStore(store));

const HOUR = { calls: 2, windowMs: 3_600_000 };

async function call(database: Database, limits: readonly RateLimit[]): Promise<boolean> {
  const budget = await takePlace(database, limits);
  if ('waitMs' in budget) return false;
  await givePlaceBack(database, budget.place);
  return true;
}

describe('the API budget', () => {
  test('is endless without a limit, and keeps no books', async () => {
    for (let calls = 0; calls < 3; calls += 1) expect(await call(store.database, [])).toBe(true);
    expect(await store.query('SELECT * FROM api_calls')).toEqual([]);
  });

  test('has as many places as the limit says, for all processes together', async () => {
    expect(await call(store.database, [HOUR])).toBe(true);
    expect(await call(elsewhere, [HOUR])).toBe(true);
    expect(await call(store.database, [HOUR])).toBe(false);
    expect(await call(elsewhere, [HOUR])).toBe(false);
  });

  test('gives no more places than there are to any number who come at once', async () => {
    const limit = { calls: 3, windowMs: 3_600_000 };
    const taken = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        takePlace(index % 2 === 0 ? store.database : elsewhere, [limit]),
      ),
    );
    expect(taken.filter((budget) => 'place' in budget)).toHaveLength(3);
  });

  test('frees a place one window after the answer, not after the question', async () => {
    await store.query(
      `INSERT INTO api_calls (taken_at, answered_at) VALUES
         (now() - interval '3 hours', now() - interval '10 minutes'),
         (now() - interval '3 hours', now() - interval '50 minutes')`,
    );
    const budget = await takePlace(store.database, [HOUR]);
    expect(budget).toHaveProperty('waitMs');
    const { waitMs } = 'waitMs' in budget ? budget : { waitMs: 0 };
    expect(waitMs).toBeGreaterThan(9 * 60_000);
    expect(waitMs).toBeLessThanOrEqual(10 * 60_000);
  });

  test('counts a call that is still under way, and looks again soon', async () => {
    await takePlace(store.database, [HOUR]);
    await takePlace(store.database, [HOUR]);
    const budget = await takePlace(store.database, [HOUR]);
    expect('waitMs' in budget && budget.waitMs).toBeLessThan(1_000);
  });

  test('forgets a call whose process died, long after any timeout', async () => {
    const taken = (age: string) => `INSERT INTO api_calls (taken_at) VALUES (now() - interval '${age}')`;
    await store.query(taken('65 minutes'));
    await store.query(taken('71 minutes'));
    expect(await call(store.database, [HOUR])).toBe(true);
    expect(await call(store.database, [HOUR])).toBe(false);
  });

  test('holds every window at once: the longest wait counts', async () => {
    const minute = { calls: 1, windowMs: 60_000 };
    expect(await call(store.database, [minute, HOUR])).toBe(true);
    await store.query(`UPDATE api_calls SET answered_at = now() - interval '2 minutes'`);
    expect(await call(store.database, [minute, HOUR])).toBe(true);
    await store.query(`UPDATE api_calls SET answered_at = now() - interval '2 minutes'`);
    const budget = await takePlace(store.database, [minute, HOUR]);
    expect('waitMs' in budget && budget.waitMs).toBeGreaterThan(57 * 60_000);
  });

  test('lets no rolling window hold more calls than it allows, whoever calls how often', async () => {
    // I7, with a window of a tenth of a second
    const limit = { calls: 4, windowMs: 100 };
    const arrivals: number[] = [];
    const worker = async (database: Database) => {
      while (arrivals.length < 20) {
        const budget = await takePlace(database, [limit]);
        if ('place' in budget) {
          arrivals.push(performance.now());
          await givePlaceBack(database, budget.place);
        } else {
          await delay(budget.waitMs);
        }
      }
    };
    await Promise.all([store.database, elsewhere, store.database, elsewhere].map(worker));
    const gaps = arrivals.slice(limit.calls).map((arrival, index) => arrival - (arrivals[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(limit.windowMs);
  });
});

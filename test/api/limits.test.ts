import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { countFullestWindow } from '../../src/simulator/call-log.ts';
import type { RollingLimit } from '../../src/simulator/limits.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { recordLog } from '../support/log-record.ts';
import { runNight, startNights, type NightOptions, type TestNights } from '../support/night.ts';
import { expectAccounted } from '../support/receipts.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';

const ONE_BY_ONE = { ...LOOSE_GUARD, BATCH_SIZE: '1' };
const program = await findRedisProgram();

const ENGINES = [
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: inject('redisUrl') === null },
];

function makePeople(count: number): Tenant {
  const tenant = new Tenant();
  for (let number = 100; number < 100 + count; number += 1)
    tenant.addPerson({ email: `p${number}@example.com` });
  return tenant;
}

function expectWithin({ server }: TestNights, limits: readonly RollingLimit[]): void {
  expect(server.calls.refused).toBe(0);
  for (const { calls, windowMs } of limits) {
    expect(countFullestWindow(server.calls.arrivals, windowMs)).toBeLessThanOrEqual(calls);
  }
}

describe.each(ENGINES)('I7: the budget, with $engine as the queue', ({ engine, missing }) => {
  test.skipIf(missing)('is one for all processes: no window holds more calls than it may', async () => {
    const limits = [
      { calls: 5, windowMs: 300 },
      { calls: 12, windowMs: 1_000 },
    ];
    const nights = await startNights(makePeople(30), engine);
    nights.server.behaviour.limits = limits;
    const options = { env: ONE_BY_ONE, seams: { rateLimits: limits } };
    const apps = [await nights.open(options), await nights.open(options)];
    const [run] = await Promise.all(apps.map((app) => runNight(app)));
    expect(run).toMatchObject({ status: 'published', coverage: 1 });
    expect(nights.server.calls.arrivals).toHaveLength(30);
    expectWithin(nights, limits);
  });

  test.skipIf(missing)('counts the calls that are made again', async () => {
    const limits = [{ calls: 4, windowMs: 200 }];
    const nights = await startNights(makePeople(8), engine);
    nights.server.behaviour.limits = limits;
    nights.server.faults.add({ on: { attempts: 'first' }, does: 'unavailable' });
    const run = await nights.run({ env: ONE_BY_ONE, seams: { rateLimits: limits, random: () => 0 } });
    expect(run).toMatchObject({ status: 'published', coverage: 1 });
    expect(nights.server.calls.arrivals).toHaveLength(16);
    expectWithin(nights, limits);
    expectAllFired(nights.server);
  });
});

test.skipIf(program === undefined)(
  'I6, I7: the budget outlives its process, and a Redis that has forgotten everything',
  async () => {
    const redis = await startRedis(program ?? '');
    onTestFinished(() => redis.end());
    const limits = [{ calls: 6, windowMs: 2_000 }];
    const nights = await startNights(makePeople(12));
    nights.server.behaviour.limits = limits;
    const options = { env: { ...ONE_BY_ONE, REDIS_URL: redis.url }, seams: { rateLimits: limits } };
    await interrupt(nights, options, () => nights.server.calls.arrivals.length === 6);
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();

    expect(await nights.run(options)).toMatchObject({ status: 'published', coverage: 1 });
    expect(nights.server.calls.arrivals).toHaveLength(12);
    expectWithin(nights, limits);
  },
);

describe.each(ENGINES)('a refusal by the server, with $engine as the queue', ({ engine, missing }) => {
  const REFUSED = { on: { entries: ['p103@example.com'], attempts: 'first' as const } };

  test.skipIf(missing)('is believed by every process: nobody calls before the time it names', async () => {
    const nights = await startNights(makePeople(40), engine);
    nights.server.faults.add({ ...REFUSED, does: { status: 429, retryAfter: 1 } });
    const options = { env: { ...ONE_BY_ONE, CONCURRENCY: '1' }, seams: { random: () => 0 } };
    const apps = [await nights.open(options), await nights.open(options)];
    const [run] = await Promise.all(apps.map((app) => runNight(app)));
    expect(run).toMatchObject({ status: 'published', coverage: 1 });
    await expectAccounted(nights, run ?? expect.fail(), 40);
    const until = await readBlock(nights);
    const { arrivals } = nights.server.calls;
    // But the other process may have been on its way.
    expect(arrivals.filter((at) => at > until - 1_000 && at < until).length).toBeLessThanOrEqual(1);
    expect(arrivals.filter((at) => at >= until).length).toBeGreaterThanOrEqual(30);
    expectAllFired(nights.server);
  });

  test.skipIf(missing)('is believed after a restart', async () => {
    const nights = await startNights(makePeople(12), engine);
    nights.server.faults.add({ ...REFUSED, does: { status: 429, retryAfter: 1 } });
    const options = { env: { ...ONE_BY_ONE, CONCURRENCY: '1' }, seams: { random: () => 0 } };
    let until = NaN;
    await interrupt(nights, options, async () => !Number.isNaN((until = await readBlock(nights))));
    const before = nights.server.calls.arrivals.length;
    expect(await nights.run(options)).toMatchObject({ status: 'published', coverage: 1 });
    expect(nights.server.calls.arrivals.slice(before).filter((at) => at < until)).toEqual([]);
    expectAllFired(nights.server);
  });
});

test('a refusal that names no time keeps everybody away for a minute, and does not end the run', async () => {
  const nights = await startNights(makePeople(4));
  nights.server.faults.add({ does: 'rate_limited' });
  const options = { env: { ...ONE_BY_ONE, CONCURRENCY: '1' }, seams: { random: () => 0 } };
  await interrupt(nights, options, async () => !Number.isNaN(await readBlock(nights)));
  const [block] = await nights.query(
    `SELECT status, round(extract(epoch FROM blocked_until - failed.due_at))::int AS apart,
            blocked_until > clock_timestamp() + interval '40 seconds' AS ahead
       FROM account, runs, (SELECT max(due_at) AS due_at FROM batches) failed`,
  );
  expect(block).toEqual({ status: 'open', apart: 0, ahead: true });
  expect(nights.server.calls.usersInfo).toBe(1);
  expectAllFired(nights.server);
});

describe('an account that goes on refusing calls', () => {
  test('is waited for by all, and what that takes counts against no batch', async () => {
    const nights = await startNights(makePeople(4));
    const refusal = nights.server.faults.add({
      on: { when: () => refusal.fired < 16 },
      does: { status: 429, retryAfter: 0 },
    });
    const run = await nights.run({ env: { ...ONE_BY_ONE, CONCURRENCY: '4' }, seams: { random: () => 0 } });
    expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
    await expectAccounted(nights, run, 4);
    expect(refusal.fired).toBe(16);
    const [counted] = await nights.query(
      `SELECT sum(attempts)::int AS attempts, (SELECT refused_since FROM runs) AS refused_since,
              -- Those under way with the first that was answered.
              sum(own_failures) > 3 AS blamed FROM batches`,
    );
    expect(counted).toEqual({ attempts: 20, blamed: false, refused_since: null });
  });

  test('for most of a day stops the run, says what to check, and leaves the next night to itself', async () => {
    const nights = await startNights(makePeople(6));
    const refusal = nights.server.faults.add({ does: { status: 429, retryAfter: 0 } });
    const app = await nights.open({ env: { ...ONE_BY_ONE, CONCURRENCY: '1' }, seams: { random: () => 0 } });
    void refusal.whenFired.then(() =>
      nights.query(`UPDATE runs SET refused_since = clock_timestamp() - interval '20 hours'`),
    );
    expect(await runNight(app)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(
        /refused every call for 20\.0 hours.*rate_limited, HTTP 429.*RATE_PER_HOUR/,
      ) as unknown,
    });
    expect(await nights.query('SELECT error_code FROM runs')).toEqual([{ error_code: 'KORE_UNREACHABLE' }]);
    await app.close();
    nights.server.faults.clear();
    expect(await nights.run()).toMatchObject({ status: 'published', coverage: 1 });
  });

  test('until the day after tomorrow is not waited for at all', async () => {
    const nights = await startNights(makePeople(2));
    nights.server.faults.add({ does: { status: 429, retryAfter: 100_000 } });
    expect(await nights.run()).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('not to be asked again for 24.0 hours') as unknown,
    });
    expect(nights.server.calls.usersInfo).toBe(1);
  });
});

test('a roster that cannot be asked about within a day is said at open, with the arithmetic', async () => {
  const nights = await startNights(makePeople(4));
  const app = await nights.open({ env: ONE_BY_ONE });
  const log = recordLog();
  const rateLimits = [{ calls: 1, windowMs: 9 * 3_600_000 }];
  const run = { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: false } as const;
  await startRun({ ...app.context, rateLimits, log }, run);
  expect(log.lines).toMatchObject([
    {
      level: 'warn',
      message: expect.stringMatching(
        /^\[run 1\] This run needs 4 API calls\..* at least 27\.0 hours/,
      ) as unknown,
    },
  ]);
});

/** Runs a night until something has come about, and closes its process in the middle of it. */
async function interrupt(
  nights: TestNights,
  options: NightOptions,
  hasComeAbout: () => boolean | Promise<boolean>,
): Promise<void> {
  const app = await nights.open(options);
  const stop = new AbortController();
  const night = runNight(app, { signal: stop.signal }).catch((error: unknown) => error);
  await vi.waitFor(async () => expect(await hasComeAbout()).toBe(true), { timeout: 20_000, interval: 10 });
  stop.abort(new Error('stopped by the test'));
  expect(await night).toMatchObject({ name: expect.stringMatching(/Error$/) as unknown });
  await app.close();
}

/** Until when no call may be made, by the clock of the arrivals; NaN where none was refused. */
async function readBlock(nights: TestNights): Promise<number> {
  const [account] = await nights.query<{ blocked_until: Date | null }>('SELECT blocked_until FROM account');
  return account?.blocked_until?.getTime() ?? NaN;
}

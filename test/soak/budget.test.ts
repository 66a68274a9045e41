import { describe, expect, inject, test } from 'vitest';
import { leastTimeMs } from '../../src/core/call-estimate.ts';
import { countFullestWindow } from '../../src/simulator/call-log.ts';
import { populateUniformTenant } from '../../src/simulator/uniform-population.ts';
import { runNight, startNights } from '../support/night.ts';

/** A minute and an hour in the same proportions of calls, the minute fifty times the latency. */
const LIMITS = [
  { calls: 12, windowMs: 3_000 },
  { calls: 60, windowMs: 18_000 },
];
const LATENCY_MS = 60;
/** How much longer than the least possible a night may take. */
const TOLERANCE = 1.05;

const ENGINES = [
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: inject('redisUrl') === null },
];

describe.each(ENGINES)('I7: a night within the limits, with $engine as the queue', ({ engine, missing }) => {
  test.skipIf(missing).each([
    { calls: 40, processes: 1 },
    { calls: 61, processes: 1 },
    { calls: 130, processes: 1 },
    { calls: 130, processes: 2 },
  ])(
    'of $calls calls and $processes worker processes has nothing refused and takes hardly longer than it must',
    async ({ calls, processes }) => {
      const nights = await startNights(populateUniformTenant({ people: calls }), engine);
      Object.assign(nights.server.behaviour, { limits: LIMITS, latencyMs: LATENCY_MS });
      const options = { env: { BATCH_SIZE: '1', CONCURRENCY: '4' }, seams: { rateLimits: LIMITS } };
      const apps = await Promise.all(Array.from({ length: processes }, () => nights.open(options)));
      const runs = await Promise.all(apps.map((app) => runNight(app)));
      for (const run of runs) expect(run).toMatchObject({ status: 'published', coverage: 1 });

      const { refused, arrivals } = nights.server.calls;
      expect(refused).toBe(0);
      expect(arrivals).toHaveLength(calls);
      for (const limit of LIMITS) {
        expect(countFullestWindow(arrivals, limit.windowMs)).toBeLessThanOrEqual(limit.calls);
      }
      const tookMs = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
      const leastMs = leastTimeMs(calls, LIMITS);
      const ratio = tookMs / leastMs;
      process.stdout.write(
        `${engine}, ${calls} calls, ${processes} processes: ${tookMs} ms, least ${leastMs} ms, ratio ${ratio.toFixed(4)}\n`,
      );
      expect(ratio).toBeLessThanOrEqual(TOLERANCE);
    },
  );
});

import { leastTimeMs } from '../../src/core/call-estimate.ts';
import type { Bench } from './bench.ts';
import { assignmentSchema } from './contender.ts';
import { runNight } from './night.ts';
import type { Queue } from './series.ts';
import { withTenant } from './tenant.ts';

/** 60 a minute and 1,800 an hour, sixty times as fast. */
const LIMITS = [
  { calls: 60, windowMs: 1_000 },
  { calls: 1_800, windowMs: 60_000 },
];
/** So many that the second hour begins, in which the minute counts again. */
const CALLS = 2_000;

/** A night of an account that enforces its limits. */
export interface RateNight {
  readonly queue: Queue;
  readonly calls: number;
  /** From the first call to the last answer. */
  readonly seconds: number;
  readonly leastSeconds: number;
  readonly timesLeast: number;
  readonly refused: number;
}

/** One person a call: what is measured is how places are given out, not what is done with the answers. */
export async function measureRate(bench: Bench, queue: Queue): Promise<RateNight> {
  bench.onProgress(`${CALLS} calls within limits, queue in ${queue}`);
  return withTenant(bench, CALLS, async (tenant) => {
    const { account, rosterFile } = tenant;
    await tenant.move('baseline');
    await tenant.behave({ limits: LIMITS });
    const assignment = assignmentSchema.parse({
      name: 'product',
      account,
      rosterFile,
      databaseUrl: await bench.servers.createDatabase(),
      redisUrl: queue === 'redis' ? bench.servers.redisUrl : null,
      batchSize: 1,
      rateLimits: LIMITS,
    });
    await runNight(bench, assignment);
    const { arrivals, answers, refused } = await tenant.tellCalls();
    const seconds = ((answers.at(-1) ?? NaN) - (arrivals[0] ?? NaN)) / 1000;
    const leastSeconds = leastTimeMs(CALLS, LIMITS) / 1000;
    return {
      queue,
      calls: arrivals.length,
      seconds,
      leastSeconds,
      timesLeast: seconds / leastSeconds,
      refused,
    };
  });
}

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { checkSchedule, schedules } from '../support/fault-schedules.ts';

/** Another one each time. A failure prints it with the path to its smallest case. */
const FIRST_SEED = randomInt(2 ** 31 - 1_000);
const SEEDS = Array.from({ length: 100 }, (_, index) => FIRST_SEED + index);
/** Their databases and servers are there until the test ends, so there are few to a test. */
const SCHEDULES_PER_SEED = 4;

describe(`I1, I10: whatever befalls two nights, no entry is lost and no lie lasts, from seed ${FIRST_SEED}`, () => {
  test.each(SEEDS)('schedules of seed %i', async (seed) => {
    await fc.assert(fc.asyncProperty(schedules, checkSchedule), {
      seed,
      numRuns: SCHEDULES_PER_SEED,
      endOnFailure: true,
    });
  });
});

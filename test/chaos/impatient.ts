import type { AppSeams } from '../../src/app.ts';

/** No chance, a queue that gives a worker up for dead after a second, and a sweep that looks as often. */
export const IMPATIENT: AppSeams = {
  random: () => 0,
  queueTiming: { lockMs: 1_000, stalledCheckMs: 250, firstRetryMs: 100 },
  sweepEveryMs: 1_000,
};

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeTooManyCalls, leastTimeMs, type CallLimit } from '../../src/core/call-estimate.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MINUTE = { calls: 60, windowMs: MINUTE_MS };
const HOUR = { calls: 1_800, windowMs: HOUR_MS };

/** Whoever calls as early as every window lets them, call after call. */
function simulate(calls: number, limits: readonly CallLimit[]): number {
  const at: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const opens = limits.map((limit) => (at[call - limit.calls] ?? -Infinity) + limit.windowMs);
    at.push(Math.max(at.at(-1) ?? 0, ...opens));
  }
  return at.at(-1) ?? 0;
}

describe('the least time for a number of calls', () => {
  test.each([
    [0, 0],
    [1, 0],
    [60, 0],
    [61, MINUTE_MS],
    [1_800, 29 * MINUTE_MS],
    [1_801, HOUR_MS],
    // The second hour begins with a minute's worth of calls, and its minutes count as well.
    [1_861, HOUR_MS + MINUTE_MS],
    [3_600, HOUR_MS + 29 * MINUTE_MS],
    [3_601, 2 * HOUR_MS],
  ])('with the usual limits, %i calls: %i ms', (calls, leastMs) => {
    expect(leastTimeMs(calls, [MINUTE, HOUR])).toBe(leastMs);
    expect(leastTimeMs(calls, [HOUR, MINUTE])).toBe(leastMs);
  });

  test('is none without a limit', () => {
    expect(leastTimeMs(1_000_000, [])).toBe(0);
  });

  test('is what somebody takes who calls as early as they may', () => {
    const limit = fc.record({
      calls: fc.integer({ min: 1, max: 9 }),
      windowMs: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 80 }), fc.array(limit, { maxLength: 3 }), (calls, limits) => {
        expect(leastTimeMs(calls, limits)).toBe(simulate(calls, limits));
      }),
    );
  });
});

describe('too many calls for a day', () => {
  test('are said with the arithmetic', () => {
    expect(describeTooManyCalls(50_000, [MINUTE, HOUR])).toBe(
      'This run needs 50,000 API calls. At 60 per minute and 1800 per hour they take at least 27.4 hours, more than ' +
        'a day. Raise BATCH_SIZE, ask Kore.ai for higher limits (RATE_PER_MINUTE, RATE_PER_HOUR), or run less often ' +
        'than every night.',
    );
  });

  test('are those that take longer, and no fewer', () => {
    // 24 hours of 1,800, and the 25th begins exactly one day after the first.
    expect(describeTooManyCalls(43_260, [MINUTE, HOUR])).toBeNull();
    expect(describeTooManyCalls(43_261, [MINUTE, HOUR])).not.toBeNull();
  });

  test('are none where nothing limits them', () => {
    expect(describeTooManyCalls(10_000_000, [])).toBeNull();
  });
});

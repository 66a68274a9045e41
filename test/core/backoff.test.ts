import fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeBackoffMs, computeCeilingMs } from '../../src/core/backoff.ts';

const LIMITS = { baseMs: 1_000, maxMs: 60_000 };

test('the ceiling doubles with each attempt until it reaches the maximum', () => {
  const ceilings = [1, 2, 3, 6, 7, 5_000].map((attempt) => computeCeilingMs(attempt, LIMITS));
  expect(ceilings).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
});

test('jitter is full: the delay may be nothing and may be the whole ceiling', () => {
  expect(computeBackoffMs(3, LIMITS, () => 0)).toBe(0);
  expect(computeBackoffMs(3, LIMITS, () => 1 - Number.EPSILON)).toBe(4_000);
  expect(computeBackoffMs(3, LIMITS, () => 0.5)).toBe(2_000);
});

test('a delay is a whole number within its ceiling, whatever the attempt and the limits', () => {
  const limits = fc.record({ baseMs: fc.nat(1e6), maxMs: fc.nat(1e8) });
  fc.assert(
    fc.property(
      fc.nat(5_000),
      limits,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, bounds, random) => {
        const delayMs = computeBackoffMs(attempt, bounds, () => random);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(bounds.maxMs);
      },
    ),
  );
});

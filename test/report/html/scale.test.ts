import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickFloor, pickLabels, pickTicks } from '../../../src/report/html/scale.ts';

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [7, [0, 5, 10]],
  [16, [0, 10, 20]],
  [1000, [0, 500, 1000]],
])('an axis up to %i has the marks %j', (most, ticks) => {
  expect(pickTicks(most)).toEqual(ticks);
});

test('every axis begins at 0, rises evenly in whole numbers, and ends where nothing is cut off', () => {
  fc.assert(
    fc.property(fc.nat(3_000_000), (most) => {
      const ticks = pickTicks(most);
      const [zero, step = 0] = ticks;
      expect(zero).toBe(0);
      expect(step).toBeGreaterThan(0);
      expect(ticks.every((tick, at) => Number.isInteger(tick) && tick === at * step)).toBe(true);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.at(-2) ?? 0).toBeLessThan(Math.max(1, most));
      expect(ticks.length).toBeLessThanOrEqual(4);
    }),
  );
});

test.each([
  [[], 0.9],
  [[1, 1], 0.9],
  [[1, 0.931], 0.9],
  [[0.9], 0.8],
  [[0.55, 1], 0.5],
  [[0], 0],
])('coverage of %j is drawn from %f up', (shares, floor) => {
  expect(pickFloor(shares)).toBeCloseTo(floor);
});

test.each([
  [0, []],
  [1, [0]],
  [2, [0, 1]],
  [30, [0, 15, 29]],
])('of %i places these are labelled: %j', (places, labels) => {
  expect(pickLabels(places)).toEqual(labels);
});

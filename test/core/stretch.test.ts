import { expect, test } from 'vitest';
import { stretchLength } from '../../src/core/stretch.ts';

test.each([
  [0, 50, 1],
  [1_999, 50, 1],
  [2_000, 50, 2],
  [3_999, 50, 2],
  [4_000, 50, 4],
  [15_999, 50, 8],
  [16_000, 50, 16],
  [1_000_000, 50, 16],
  [1_000_000, 1, 16],
  [1_000_000, 100, 8],
  [1_000_000, 1_000, 1],
  [1_000_000, 5_000, 1],
])('in a night of %i batches of %i one job asks about %i', (batches, batchSize, together) => {
  expect(stretchLength(batches, batchSize)).toBe(together);
});

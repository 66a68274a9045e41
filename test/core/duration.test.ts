import { expect, test } from 'vitest';
import { describeDuration, parseDuration } from '../../src/core/duration.ts';

test.each([
  ['30s', 30_000],
  ['90m', 5_400_000],
  ['26h', 93_600_000],
  ['2d', 172_800_000],
])('%s is read as milliseconds', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each(['', '26', 'h', '0h', '-1h', '1.5h', '26 h', '26H', '1w', '9999999d', '26h '])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [93_900_000, '26 h 5 min'],
  [172_800_000, '2 d'],
  [273_600_000, '3 d 4 h'],
])('%i ms is described as %s', (durationMs, words) => {
  expect(describeDuration(durationMs)).toBe(words);
});

import { expect, test } from 'vitest';
import { BatchesUnderWay } from '../../src/sync/under-way.ts';

test('whoever ends last of a run, in whatever order they began, looks whether all are in', () => {
  const underWay = new BatchesUnderWay();
  underWay.begin('1');
  underWay.begin('1');
  underWay.begin('2');
  expect(underWay.end('1')).toBe(false);
  underWay.begin('1');
  expect(underWay.end('1')).toBe(false);
  expect(underWay.end('1')).toBe(true);
  expect(underWay.end('2')).toBe(true);
});

test('a run whose batches have all ended begins anew', () => {
  const underWay = new BatchesUnderWay();
  for (let round = 1; round <= 2; round += 1) {
    underWay.begin('1');
    expect(underWay.end('1')).toBe(true);
  }
});

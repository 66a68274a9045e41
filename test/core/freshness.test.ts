import { expect, test } from 'vitest';
import { judgeFreshness } from '../../src/core/freshness.ts';

const HOUR_MS = 3_600_000;
const LAST = { runId: '41', asOf: new Date('2027-03-28T02:10:00Z'), ageMs: 26 * HOUR_MS };

test('a night exactly as old as allowed is fresh', () => {
  expect(judgeFreshness(LAST, 26 * HOUR_MS)).toEqual({
    isFresh: true,
    detail: 'The last good night, run 41, is 26 h old (as of 2027-03-28T02:10:00.000Z); limit 26 h.',
  });
});

test('an older one is not, and the sentence says where to read on', () => {
  const { isFresh, detail } = judgeFreshness({ ...LAST, ageMs: 27 * HOUR_MS }, 26 * HOUR_MS);
  expect(isFresh).toBe(false);
  expect(detail).toMatch(/is 27 h old .*, limit 26 h\. Read why: kore-sync runs$/);
});

test('where no night has been published nothing is fresh', () => {
  expect(judgeFreshness(null, HOUR_MS)).toEqual({
    isFresh: false,
    detail: 'No night has been published yet; limit 1 h.',
  });
});

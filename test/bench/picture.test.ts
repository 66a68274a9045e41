import { expect, test } from 'vitest';
import type { Phase } from './phases.ts';
import { describePicture } from './picture.ts';
import type { Result } from './series.ts';

const PHASES: readonly Phase[] = [
  {
    name: 'fetch',
    startedAt: 0,
    seconds: 30,
    processor: { contender: 20, postgres: 10, redis: 1, tenant: 5, reader: 0.5 },
  },
  { name: 'publish', startedAt: 30_000, seconds: 10, processor: null },
];

function resultOf(what: Partial<Result>): Result {
  const measurement = { seconds: 40, peakRssBytes: 1, walBytes: 1, phases: PHASES, publication: null };
  return {
    contender: 'product',
    queue: 'redis',
    night: 'baseline',
    users: 1_000,
    measurements: [measurement],
    ...what,
  };
}

test('the nights of the largest account on the first queue are drawn, and no others', () => {
  const picture = describePicture(
    [
      resultOf({ users: 10 }),
      resultOf({}),
      resultOf({ night: 'churn' }),
      resultOf({ queue: 'postgres' }),
      resultOf({ contender: 'floor', queue: null, users: 2_000 }),
    ],
    'a machine',
  );
  expect(picture).toContain('1,000 users, queue in redis');
  expect(picture.match(/font-weight="600">(\w+)</g)).toHaveLength(2);
  expect(picture).toContain('<title>fetch, PostgreSQL: 10 s</title>');
});

test('bars are as long as what they stand for, the longest as long as there is room', () => {
  const picture = describePicture([resultOf({})], 'a machine');
  const widths = Array.from(
    picture.matchAll(/width="([\d.]+)" height="22" fill="var\(--(\w+)\)"/g),
    ([, width, colour]) => [colour, Number(width)],
  );
  expect(widths).toContainEqual(['even', 517.5]);
  expect(widths).toContainEqual(['odd', 172.5]);
  expect(widths).toContainEqual(['contender', 345]);
});

test('what the machine calls itself cannot leave its text', () => {
  const picture = describePicture([resultOf({})], '</text><script>alert(1)</script>');
  expect(picture).not.toContain('<script>');
  expect(picture).toContain('&lt;script&gt;');
});

test('a bench without a night of the product draws an empty picture', () => {
  expect(describePicture([], 'a machine')).toContain('no users');
});

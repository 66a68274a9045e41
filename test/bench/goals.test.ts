import { expect, test } from 'vitest';
import type { Figures } from './figures.ts';
import { judge } from './goals.ts';
import { countSteadyRate } from './latency.ts';

const NIGHT: Figures = {
  contender: 'product',
  queue: 'redis',
  night: 'baseline',
  users: 100_000,
  usersPerSecond: 5_500,
  timesNaive: 70,
  timesFloor: 0.4,
  peakRssBytes: 200 * 2 ** 20,
  walBytesPerUser: 5_000,
  publishSeconds: 12,
  lastAnswerToPublishedSeconds: 14,
  longestReadSeconds: 0.03,
};

function judgeFigures(...figures: readonly Partial<Figures>[]) {
  const all = figures.map((each) => ({ ...NIGHT, ...each }));
  return judge({ figures: all, latency: [], rate: [] }).map(({ what, seen, met }) => [what, seen, met]);
}

test('a baseline is held against the script, the floor and its own speed', () => {
  expect(judgeFigures({})).toEqual([
    ['product ÷ naive script, baseline, 100,000 users, queue in redis', 70, true],
    ['product ÷ floor, baseline, 100,000 users, queue in redis', 0.4, false],
    ['users/s, baseline, 100,000 users, queue in redis', 5_500, true],
    ['longest wait of a reader, ms, 100,000 users, queue in redis', 30, true],
    ['peak MiB, 100,000 users, queue in redis', 200, true],
  ]);
});

test('what was not measured is no goal', () => {
  const goals = judgeFigures({ timesNaive: null, timesFloor: null });
  expect(goals.map(([what]) => what)).toEqual([
    'users/s, baseline, 100,000 users, queue in redis',
    'longest wait of a reader, ms, 100,000 users, queue in redis',
    'peak MiB, 100,000 users, queue in redis',
  ]);
  expect(judgeFigures({ contender: 'floor', queue: null })).toEqual([]);
});

test('what is written for an unchanged night counts where the queue is elsewhere', () => {
  const unchanged = { night: 'unchanged', walBytesPerUser: 201 } as const;
  const wal = (goals: ReturnType<typeof judgeFigures>) =>
    goals.filter(([what]) => String(what).startsWith('WAL')).map(([, , met]) => met);
  expect(wal(judgeFigures(unchanged))).toEqual([false]);
  expect(wal(judgeFigures({ ...unchanged, queue: 'postgres' }))).toEqual([]);
});

test('the worst night counts for memory and for readers, and growth is between the two largest accounts', () => {
  const goals = judgeFigures(
    { users: 10_000, peakRssBytes: 10 * 2 ** 20 },
    {},
    { night: 'churn', peakRssBytes: 210 * 2 ** 20 },
    { users: 1_000_000, peakRssBytes: 260 * 2 ** 20, longestReadSeconds: 3 },
  );
  expect(goals).toContainEqual(['peak MiB, 100,000 users, queue in redis', 210, true]);
  expect(goals).toContainEqual([
    'longest wait of a reader, ms, 1,000,000 users, queue in redis',
    3_000,
    false,
  ]);
  expect(goals.at(-1)).toEqual([
    'peak memory at 1,000,000 users ÷ at 100,000, queue in redis',
    260 / 210,
    false,
  ]);
});

test('a steady rate leaves out the first twenty answers and the last of every hand', () => {
  const beginning = Array.from({ length: 60 }, (_none, index) => index * 16);
  const steady = [1_000, 1_100, 1_200, 1_300, 1_400];
  const end = [2_000, 3_000, 9_000];
  expect(countSteadyRate([...beginning, ...steady, ...end], 3)).toBe(10);
  expect(countSteadyRate([1, 2, 3], 3)).toBeNaN();
});

import { expect, test } from 'vitest';
import { cutPhases, findPhase } from './phases.ts';
import type { ProcessorSample } from './processor-clock.ts';

const MILESTONES = {
  startedAt: 1_000,
  firstCallAt: 2_000,
  lastAnswerAt: 6_000,
  plannedAt: 7_000,
  publishedAt: 9_000,
  endedAt: 9_500,
};

/** One part takes a second of every second, another half of one. */
function sampleAt(at: number): ProcessorSample {
  const seconds = at / 1_000;
  return { at, seconds: { contender: seconds, postgres: seconds / 2, redis: 0, tenant: 0, reader: 0 } };
}

test('a night is cut at its milestones, and nothing of it is lost', () => {
  const phases = cutPhases(MILESTONES, []);
  expect(phases.map(({ name, seconds }) => [name, seconds])).toEqual([
    ['open', 1],
    ['fetch', 4],
    ['plan', 1],
    ['publish', 2],
    ['rest', 0.5],
  ]);
  expect(phases.every(({ processor }) => processor === null)).toBe(true);
});

test('a night without a plan has a rest instead', () => {
  const phases = cutPhases({ ...MILESTONES, plannedAt: null, publishedAt: null }, []);
  expect(phases.map(({ name, seconds }) => [name, seconds])).toEqual([
    ['open', 1],
    ['fetch', 4],
    ['rest', 3.5],
  ]);
});

test('processor time is shared out evenly between two samples', () => {
  const samples = [500, 1_500, 6_600, 9_700].map(sampleAt);
  const phases = cutPhases(MILESTONES, samples);
  for (const { seconds, processor } of phases) {
    expect(processor?.contender).toBeCloseTo(seconds, 9);
    expect(processor?.postgres).toBeCloseTo(seconds / 2, 9);
  }
});

test('what lies outside the samples is counted as nothing', () => {
  const phases = cutPhases(MILESTONES, [2_000, 6_000].map(sampleAt));
  expect(phases.map(({ processor }) => processor?.contender)).toEqual([0, 4, 0, 0, 0]);
});

test('a clock that seems to run backwards makes no phase shorter than nothing', () => {
  const phases = cutPhases({ ...MILESTONES, plannedAt: 5_999 }, []);
  expect(phases.map(({ seconds }) => seconds)).toEqual([1, 4, 0, 3, 0.5]);
});

test('an instant is found in the phase in which it lies', () => {
  const phases = cutPhases(MILESTONES, []);
  expect([500, 1_000, 5_999, 6_000, 99_000].map((at) => findPhase(phases, at))).toEqual([
    'open',
    'open',
    'fetch',
    'plan',
    'rest',
  ]);
});

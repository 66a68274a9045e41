import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeStreak, type Streak } from '../../src/core/outage.ts';

const MINUTE_MS = 60_000;

function streak(differences: Partial<Streak>): Streak {
  return { failures: 12, failingForMs: 10_000, suspectsOnly: false, ...differences };
}

describe('a streak of failed calls', () => {
  test('of eleven is a hiccup, however long it takes', () => {
    expect(judgeStreak(streak({ failures: 11, failingForMs: 100 * MINUTE_MS }), () => 0.5)).toEqual({
      action: 'go_on',
    });
  });

  test('of twelve pauses the run', () => {
    expect(judgeStreak(streak({}), () => 0.5)).toEqual({ action: 'pause', delayMs: 7_500 });
  });

  test('is waited out for half to the whole of the time it has lasted, from two seconds to five minutes', () => {
    const pause = (failingForMs: number, random: number) =>
      judgeStreak(streak({ failingForMs }), () => random);
    expect(pause(0, 0)).toEqual({ action: 'pause', delayMs: 1_000 });
    expect(pause(0, 0.999)).toEqual({ action: 'pause', delayMs: 1_999 });
    expect(pause(MINUTE_MS, 0)).toEqual({ action: 'pause', delayMs: 30_000 });
    expect(pause(40 * MINUTE_MS, 0)).toEqual({ action: 'pause', delayMs: 150_000 });
    expect(pause(40 * MINUTE_MS, 0.999)).toEqual({ action: 'pause', delayMs: 299_850 });
  });

  test('stops the run after three quarters of an hour, with the arithmetic', () => {
    expect(judgeStreak(streak({ failures: 70, failingForMs: 45 * MINUTE_MS - 1 }), () => 0)).toMatchObject({
      action: 'pause',
    });
    expect(judgeStreak(streak({ failures: 70, failingForMs: 45 * MINUTE_MS }), () => 0)).toEqual({
      action: 'stop',
      reason: 'The account has answered none of the last 70 calls, for 45 minutes',
    });
  });

  test('is nobody’s fault but their own where all who are left have failed before', () => {
    const suspects = streak({ failures: 500, failingForMs: 90 * MINUTE_MS, suspectsOnly: true });
    expect(judgeStreak(suspects, () => 0.5)).toEqual({ action: 'go_on' });
  });

  test('asks for few calls however long it lasts: the pauses grow with it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        let failingForMs = 0;
        let rounds = 0;
        for (;;) {
          const judged = judgeStreak(streak({ failures: 12 + rounds, failingForMs }), () => random);
          if (judged.action !== 'pause') break;
          failingForMs += judged.delayMs;
          rounds += 1;
        }
        expect(rounds).toBeLessThan(40);
      }),
    );
  });
});

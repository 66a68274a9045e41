import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeStreak, type Streak } from '../../src/core/outage.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function judge(
  differences: Partial<Streak>,
  { hintMs, random = 0.5 }: { readonly hintMs?: number; readonly random?: number } = {},
) {
  const streak: Streak = {
    trouble: 'down',
    failures: 12,
    lastingMs: 10_000,
    suspectsOnly: false,
    ...differences,
  };
  return judgeStreak(streak, hintMs, () => random);
}

describe('a streak of calls that are not answered', () => {
  test('of eleven is a hiccup, however long it takes', () => {
    expect(judge({ failures: 11, lastingMs: 100 * MINUTE_MS })).toEqual({ action: 'go_on' });
  });

  test('of twelve pauses the run', () => {
    expect(judge({})).toEqual({ action: 'pause', delayMs: 7_500, isSuspect: false });
  });

  test('is waited out for half to the whole of the time it has lasted, from two seconds to five minutes', () => {
    const pause = (lastingMs: number, random: number) => judge({ lastingMs }, { random });
    expect(pause(0, 0)).toMatchObject({ action: 'pause', delayMs: 1_000 });
    expect(pause(0, 0.999)).toMatchObject({ action: 'pause', delayMs: 1_999 });
    expect(pause(MINUTE_MS, 0)).toMatchObject({ action: 'pause', delayMs: 30_000 });
    expect(pause(40 * MINUTE_MS, 0)).toMatchObject({ action: 'pause', delayMs: 150_000 });
    expect(pause(40 * MINUTE_MS, 0.999)).toMatchObject({ action: 'pause', delayMs: 299_850 });
  });

  test('is waited out for as long as the account says', () => {
    expect(judge({}, { hintMs: HOUR_MS })).toMatchObject({ action: 'pause', delayMs: HOUR_MS });
    expect(judge({ failures: 1 }, { hintMs: HOUR_MS })).toEqual({ action: 'go_on' });
  });

  test('stops the run after three quarters of an hour, with the arithmetic', () => {
    expect(judge({ failures: 70, lastingMs: 45 * MINUTE_MS - 1 })).toMatchObject({ action: 'pause' });
    expect(judge({ failures: 70, lastingMs: 45 * MINUTE_MS })).toEqual({
      action: 'stop',
      reason: 'The account has answered none of the last 70 calls, for 45 minutes',
    });
  });

  test('is nobody’s fault but their own where all who are left have failed before', () => {
    const suspects = { failures: 500, lastingMs: 90 * MINUTE_MS, suspectsOnly: true };
    expect(judge(suspects)).toEqual({ action: 'go_on' });
  });

  test('asks for few calls however long it lasts: the pauses grow with it', () => {
    fc.assert(
      fc.property(randoms, (random) => {
        expect(countRounds({ failures: 12 }, random).rounds).toBeLessThan(40);
      }),
    );
  });
});

describe('a streak of calls that are refused', () => {
  const REFUSED = { trouble: 'refusing', failures: 0, lastingMs: 0 } as const;

  test('pauses the run from the first: for a minute, and in the end for a quarter of an hour', () => {
    const delays = [0, 4 * MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, 19 * HOUR_MS].map((lastingMs) =>
      judge({ ...REFUSED, lastingMs }, { random: 0 }),
    );
    expect(delays).toMatchObject(
      [1, 1, 5, 15, 15].map((minutes) => ({ action: 'pause', delayMs: minutes * MINUTE_MS })),
    );
  });

  test.each([0, 30 * SECOND_MS, 3 * HOUR_MS])(
    'pauses it for as long as the account says, and hardly longer: %i ms',
    (hintMs) => {
      for (const random of [0, 0.999]) {
        const { delayMs } = pauseOf(judge(REFUSED, { hintMs, random }));
        expect(delayMs).toBeGreaterThanOrEqual(hintMs);
        expect(delayMs).toBeLessThanOrEqual(hintMs + 5 * SECOND_MS);
      }
    },
  );

  test('counts against the batch only where all who are left have failed before', () => {
    expect(judge(REFUSED)).toMatchObject({ action: 'pause', isSuspect: false });
    expect(judge({ ...REFUSED, suspectsOnly: true })).toMatchObject({ action: 'pause', isSuspect: true });
  });
});

describe.each(['down', 'refusing'] as const)('an account that is %s until the next night', (trouble) => {
  const LAST = { trouble, failures: 3, lastingMs: 12 * HOUR_MS };

  test('is not waited for: the run stops and says so', () => {
    expect(judge(LAST, { hintMs: 8 * HOUR_MS }).action).not.toBe('stop');
    expect(judge(LAST, { hintMs: 8.1 * HOUR_MS })).toEqual({
      action: 'stop',
      reason: expect.stringMatching(
        /^The account has (answered no|refused every) call for 12\.0 hours and is not to be asked again for 8\.1 hours/,
      ) as unknown,
    });
  });

  test('costs the night only those who are suspected, where the others were answered', () => {
    expect(judge({ ...LAST, suspectsOnly: true }, { hintMs: 9 * HOUR_MS })).toEqual({ action: 'conclude' });
  });
});

test('whatever the account says, a streak comes to its end before the next night, after few calls', () => {
  const troubles = fc.constantFrom('down', 'refusing');
  const hints = fc.option(fc.integer({ min: 0, max: 24 * HOUR_MS }), { nil: undefined });
  fc.assert(
    fc.property(troubles, hints, fc.boolean(), randoms, (trouble, hintMs, suspectsOnly, random) => {
      const { rounds, lastingMs } = countRounds({ trouble, failures: 12, suspectsOnly }, random, hintMs);
      expect(rounds).toBeLessThan(400);
      expect(lastingMs).toBeLessThanOrEqual(20 * HOUR_MS + 5 * SECOND_MS);
    }),
  );
});

/** Plays an account that never answers, each call at once and each as told before. */
function countRounds(streak: Partial<Streak>, random: number, hintMs?: number) {
  let lastingMs = 0;
  for (let rounds = 0; ; rounds += 1) {
    const verdict = judge({ ...streak, lastingMs }, { random, ...(hintMs !== undefined && { hintMs }) });
    if (verdict.action !== 'pause') return { rounds, lastingMs };
    // A call takes some time, if only a millisecond.
    lastingMs += verdict.delayMs + 1;
  }
}

function pauseOf(verdict: ReturnType<typeof judgeStreak>) {
  if (verdict.action !== 'pause') throw new Error(`expected a pause, got ${verdict.action}`);
  return verdict;
}

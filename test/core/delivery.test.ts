import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settleAttempt, type AttemptState, type SendOutcome } from '../../src/core/delivery.ts';

const STATE: AttemptState = { attempt: 1, leftMs: 1, receipt: null, random: () => 0.5 };
const FAILED: SendOutcome = { ok: false, reason: 'HTTP 500', isPermanent: false };

describe('an attempt to deliver', () => {
  test('that worked is the last, and its receipt is kept', () => {
    const outcome: SendOutcome = { ok: true, receipt: { status: 200 } };
    expect(settleAttempt(outcome, STATE)).toEqual({ kind: 'delivered', receipt: { status: 200 } });
  });

  test('that was refused for good is the last', () => {
    expect(settleAttempt({ ...FAILED, isPermanent: true }, STATE)).toEqual({
      kind: 'dead',
      reason: 'HTTP 500',
      receipt: null,
    });
  });

  test('that failed is followed by another while there is time, however little', () => {
    expect(settleAttempt(FAILED, STATE)).toMatchObject({ kind: 'pending', reason: 'HTTP 500' });
    expect(settleAttempt(FAILED, { ...STATE, leftMs: 0 })).toMatchObject({ kind: 'dead' });
  });

  test('keeps the receipt of those before it where it brought none', () => {
    const receipt = { accepted: ['a@example.com'] };
    expect(settleAttempt(FAILED, { ...STATE, receipt })).toMatchObject({ receipt });
    expect(settleAttempt({ ...FAILED, receipt: { accepted: [] } }, { ...STATE, receipt })).toMatchObject({
      receipt: { accepted: [] },
    });
  });

  test('waits as long as it is told, and never longer than a day and an hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.option(fc.integer({ min: -5, max: 10 ** 9 }), { nil: undefined }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, retryAfterMs, chance) => {
          const outcome = { ...FAILED, ...(retryAfterMs !== undefined && { retryAfterMs }) };
          const settled = settleAttempt(outcome, { ...STATE, attempt, random: () => chance });
          const delayMs = settled.kind === 'pending' ? settled.delayMs : NaN;
          expect(delayMs).toBeGreaterThanOrEqual(Math.min(Math.max(0, retryAfterMs ?? 0), 86_400_000));
          expect(delayMs).toBeLessThanOrEqual(90_000_000);
        },
      ),
    );
  });
});

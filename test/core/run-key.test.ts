import { expect, test } from 'vitest';
import { manualRunKey, nightlyRunKey } from '../../src/core/run-key.ts';

test('a night is named by the instant it was scheduled for, in UTC and to the second', () => {
  expect(nightlyRunKey(new Date('2026-11-21T03:00:00.000+01:00'))).toBe('nightly-20261121T020000Z');
});

test('two schedulers name one night the same, whatever fraction of a second they were late', () => {
  expect(nightlyRunKey(new Date('2026-11-21T02:00:00.417Z'))).toBe(
    nightlyRunKey(new Date('2026-11-21T02:00:00.003Z')),
  );
});

test('two runs by hand within one second have two names', () => {
  const [one, other] = [new Date('2026-11-21T09:15:00.001Z'), new Date('2026-11-21T09:15:00.002Z')];
  expect(manualRunKey(one)).toBe('manual-20261121T091500.001Z');
  expect(manualRunKey(other)).not.toBe(manualRunKey(one));
});

test('no name holds a character that a job id may not', () => {
  const instant = new Date('2026-11-21T09:15:00.001Z');
  for (const key of [nightlyRunKey(instant), manualRunKey(instant)]) expect(key).toMatch(/^[\w.-]+$/);
});

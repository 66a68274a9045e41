import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { describeLocalTime, parsePointInTime } from '../../src/cli/local-time.ts';

const NOW = DateTime.fromISO('2026-03-10T12:00:00', { zone: 'Europe/Berlin' });

function parse(text: string): string | undefined {
  const point = parsePointInTime(text, NOW);
  return point?.kind === 'run' ? `run ${point.run}` : point?.at;
}

describe('a point in time', () => {
  test.each([
    ['2026-03-03', '2026-03-03T22:59:59.999999Z'],
    ['today', '2026-03-10T22:59:59.999999Z'],
    ['yesterday', '2026-03-09T22:59:59.999999Z'],
    ['2026-03-03 14:00', '2026-03-03T13:00:59.999999Z'],
    ['2026-03-03T14:00:05', '2026-03-03T13:00:05.999999Z'],
    ['2026-03-03T14:00Z', '2026-03-03T14:00:59.999999Z'],
    ['2026-03-03 14:00:05.25+05:30', '2026-03-03T08:30:05.250999Z'],
    ['2026-03-03T14:00:05.123456+00:00', '2026-03-03T14:00:05.123456Z'],
    [' NOW ', '2026-03-10T11:00:00.000999Z'],
    ['12', 'run 12'],
    ['nightly-20260303T020000Z', 'run nightly-20260303T020000Z'],
  ])('written as %j ends with what was written', (text, meant) => {
    expect(parse(text)).toBe(meant);
  });

  test.each([
    '',
    '2026-02-30',
    '2026-13-01',
    '2026-03-03 25:00',
    '03.03.2026',
    'last week',
    '-1',
    '2026-03-03T14:00+99:00',
  ])('%j is none', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test('on the day the clocks change ends with that day', () => {
    expect(parse('2026-03-29')).toBe('2026-03-29T21:59:59.999999Z');
  });

  test('shown to the minute and written as shown is not before what it was shown for', () => {
    const asOf = '2026-03-03T01:10:37.123456+00:00';
    const shown = describeLocalTime(asOf, NOW.zone);
    expect(shown).toBe('2026-03-03 02:10');
    expect(parse(shown)).toBe('2026-03-03T01:10:59.999999Z');
  });
});

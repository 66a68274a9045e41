import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findLatestDue,
  findNextDue,
  listNextDue,
  type Cron,
  type Schedule,
} from '../../src/core/schedule.ts';
import { openSchedule } from '../../src/schedule/zone.ts';

const MINUTE_MS = 60_000;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function daily(hours: readonly number[], minutes: readonly number[], more: Partial<Cron> = {}): Cron {
  return {
    minutes,
    hours,
    daysOfMonth: range(1, 31),
    months: range(1, 12),
    daysOfWeek: range(0, 6),
    ...more,
  };
}

/** The nights from one instant to another, each found from the one before. */
function nightsOf(schedule: Schedule, from: string, to: string): string[] {
  const nights: string[] = [];
  for (let at = findNextDue(schedule, new Date(from)); at < new Date(to); at = findNextDue(schedule, at)) {
    nights.push(at.toISOString().replace(':00.000Z', 'Z'));
  }
  return nights;
}

describe('a schedule', () => {
  test.each([
    ['Europe/Berlin', 2, 30, '2027-03-27', ['2027-03-27T01:30Z', '2027-03-28T01:30Z', '2027-03-29T00:30Z']],
    ['Europe/Berlin', 2, 30, '2027-10-30', ['2027-10-30T00:30Z', '2027-10-31T00:30Z', '2027-11-01T01:30Z']],
    [
      'America/New_York',
      2,
      30,
      '2027-03-13',
      ['2027-03-13T07:30Z', '2027-03-14T07:30Z', '2027-03-15T06:30Z'],
    ],
    [
      'America/New_York',
      1,
      30,
      '2027-11-06',
      ['2027-11-06T05:30Z', '2027-11-07T05:30Z', '2027-11-08T06:30Z'],
    ],
    // Half an hour, and the nights of this zone begin on the day before in UTC.
    [
      'Australia/Lord_Howe',
      2,
      15,
      '2027-10-01',
      ['2027-10-01T15:45Z', '2027-10-02T15:45Z', '2027-10-03T15:15Z'],
    ],
    [
      'Australia/Lord_Howe',
      1,
      45,
      '2027-04-02',
      ['2027-04-02T14:45Z', '2027-04-03T14:45Z', '2027-04-04T15:15Z'],
    ],
    // Midnight itself does not exist.
    ['America/Santiago', 0, 0, '2027-09-04', ['2027-09-04T04:00Z', '2027-09-05T04:00Z', '2027-09-06T03:00Z']],
  ])(
    'in %s neither skips nor doubles the night of %i:%i when the clock changes',
    (zone, hour, minute, from, nights) => {
      const schedule = openSchedule(daily([hour], [minute]), zone);
      const to = new Date(Date.parse(from) + 3 * 24 * 60 * MINUTE_MS).toISOString();
      expect(nightsOf(schedule, from, to)).toEqual(nights);
    },
  );

  test('has one night for two times of day that become one', () => {
    const schedule = openSchedule(daily([2, 3], [30]), 'Europe/Berlin');
    expect(nightsOf(schedule, '2027-03-28T00:00Z', '2027-03-28T12:00Z')).toEqual(['2027-03-28T01:30Z']);
  });

  test('finds a leap day eight years away', () => {
    const schedule = openSchedule(daily([2], [0], { daysOfMonth: [29], months: [2] }), 'UTC');
    expect(findNextDue(schedule, new Date('2096-03-01')).toISOString()).toBe('2104-02-29T02:00:00.000Z');
    expect(findLatestDue(schedule, new Date('2104-02-28')).toISOString()).toBe('2096-02-29T02:00:00.000Z');
  });

  test('names its next nights in order, as many as are wanted', () => {
    const schedule = openSchedule(daily([2], [0]), 'UTC');
    const next = listNextDue(schedule, new Date('2027-01-01T02:00:00.000Z'), 2);
    expect(next).toEqual([new Date('2027-01-02T02:00:00.000Z'), new Date('2027-01-03T02:00:00.000Z')]);
    expect(listNextDue(schedule, new Date('2027-01-01'), 0)).toEqual([]);
  });

  test('on days of the week keeps to those of its own zone', () => {
    const schedule = openSchedule(daily([0], [30], { daysOfWeek: [1] }), 'Pacific/Auckland');
    expect(nightsOf(schedule, '2027-06-01', '2027-06-15')).toEqual([
      '2027-06-06T12:30Z',
      '2027-06-13T12:30Z',
    ]);
  });

  test('that no day fits says so', () => {
    const schedule = openSchedule(daily([2], [0], { daysOfMonth: [31], months: [2] }), 'UTC');
    expect(() => findNextDue(schedule, new Date('2027-01-01'))).toThrow('SYNC_CRON names a day');
    expect(() => findLatestDue(schedule, new Date('2027-01-01'))).toThrow('SYNC_CRON names a day');
  });

  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const schedules = fc
    .tuple(
      zones,
      fc.uniqueArray(fc.nat({ max: 23 }), { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(fc.nat({ max: 59 }), { minLength: 1, maxLength: 2 }),
    )
    .map(([zone, hours, minutes]) => openSchedule(daily(hours, minutes), zone));
  // Around the changes of the clock in all of these zones, and in between.
  const instants = fc
    .integer({ min: Date.parse('2027-03-01'), max: Date.parse('2027-11-30') })
    .map((ms) => new Date(ms));

  test('names the same night at any instant from one to the next', () => {
    fc.assert(
      fc.property(schedules, instants, (schedule, now) => {
        const due = findLatestDue(schedule, now);
        const next = findNextDue(schedule, now);
        expect(due <= now && now < next).toBe(true);
        expect(findLatestDue(schedule, due)).toEqual(due);
        expect(findNextDue(schedule, due)).toEqual(next);
        expect(findLatestDue(schedule, new Date(next.getTime() - 1))).toEqual(due);
      }),
    );
  });

  test('is due once for every time that the clock on the wall shows for the first time', () => {
    const day = 24 * 60;
    const starts = fc.constantFrom(
      '2027-03-28',
      '2027-10-31',
      '2027-03-14',
      '2027-11-07',
      '2027-10-02',
      '2027-04-03',
    );
    fc.assert(
      fc.property(schedules, starts, (schedule, start) => {
        const from = Date.parse(start) - 12 * 60 * MINUTE_MS;
        const nights = new Set(
          nightsOf(
            schedule,
            new Date(from - 1).toISOString(),
            new Date(from + 2 * day * MINUTE_MS).toISOString(),
          ),
        );
        const shown = new Set<number>();
        // A day's run-up: what was shown before the change of the clock is not shown for the first time after it.
        for (let at = from - day * MINUTE_MS; at < from + 2 * day * MINUTE_MS; at += MINUTE_MS) {
          const wall = new Date(at + schedule.offsetMs(at));
          const isFirst = !shown.has(wall.getTime());
          shown.add(wall.getTime());
          const { cron } = schedule;
          const isDue =
            isFirst && cron.hours.includes(wall.getUTCHours()) && cron.minutes.includes(wall.getUTCMinutes());
          if (isDue && at >= from)
            expect(nights).toContain(new Date(at).toISOString().replace(':00.000Z', 'Z'));
        }
        // What is due beyond that stands for a time of day that was left out: at most one night per time of day and day.
        expect(nights.size).toBeLessThanOrEqual(
          3 * schedule.cron.hours.length * schedule.cron.minutes.length,
        );
      }),
      { numRuns: 10 },
    );
  });
});

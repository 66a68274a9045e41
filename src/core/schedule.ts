import { DAY_MS, HOUR_MS, MINUTE_MS } from './duration.ts';
import { SyncError } from './errors.ts';

/** Which minutes of which days, by the clock on the wall. Days of the week from 0, Sunday. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
}

export interface Schedule {
  readonly cron: Cron;
  /** How far the zone is ahead of UTC at an instant, both in milliseconds. */
  readonly offsetMs: (atMs: number) => number;
}

/** The 29th of February may be eight years away; the rest is a margin. */
const LONGEST_WAIT_DAYS = 9 * 366;

/**
 * The latest instant of a schedule at or before `now`. Every process that asks within one interval names the same
 * one, so it can name the night.
 *
 * Each time of day on the wall is one instant, whatever happens to the clock on the wall: one that does not exist
 * counts as if the clock had not been put forward yet (02:30 is 03:30), and of one that exists twice the first counts.
 */
export function findLatestDue(schedule: Schedule, now: Date): Date {
  const nowMs = now.getTime();
  for (let day = dayOf(schedule, nowMs) + 1, left = LONGEST_WAIT_DAYS; left > 0; day -= 1, left -= 1) {
    const passed = findInstants(schedule, day).filter((instant) => instant <= nowMs);
    if (passed.length > 0) return new Date(Math.max(...passed));
  }
  throw neverDue();
}

/** The first instant of a schedule after `now`. */
export function findNextDue(schedule: Schedule, now: Date): Date {
  const nowMs = now.getTime();
  for (let day = dayOf(schedule, nowMs) - 1, left = LONGEST_WAIT_DAYS; left > 0; day += 1, left -= 1) {
    const coming = findInstants(schedule, day).filter((instant) => instant > nowMs);
    if (coming.length > 0) return new Date(Math.min(...coming));
  }
  throw neverDue();
}

/** The first instants of a schedule after `now`, `count` of them. */
export function listNextDue(schedule: Schedule, now: Date, count: number): readonly Date[] {
  const instants: Date[] = [];
  while (instants.length < count) instants.push(findNextDue(schedule, instants.at(-1) ?? now));
  return instants;
}

function neverDue(): SyncError {
  return new SyncError('CONFIG_INVALID', 'SYNC_CRON names a day that no calendar has');
}

/** Days are counted by the clock on the wall. */
function dayOf({ offsetMs }: Schedule, atMs: number): number {
  return Math.floor((atMs + offsetMs(atMs)) / DAY_MS);
}

function findInstants({ cron, offsetMs }: Schedule, day: number): number[] {
  const date = new Date(day * DAY_MS);
  const isDay =
    cron.months.includes(date.getUTCMonth() + 1) &&
    cron.daysOfMonth.includes(date.getUTCDate()) &&
    cron.daysOfWeek.includes(date.getUTCDay());
  if (!isDay) return [];
  return cron.hours.flatMap((hour) =>
    cron.minutes.map((minute) => toInstant(day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS, offsetMs)),
  );
}

/** `wallMs`: what the clock on the wall shows, in milliseconds as if it showed UTC. */
function toInstant(wallMs: number, offsetMs: Schedule['offsetMs']): number {
  // A day to either side lies beyond any change of the clock that this time of day could be part of.
  const asBefore = wallMs - offsetMs(wallMs - DAY_MS);
  const asAfter = wallMs - offsetMs(wallMs + DAY_MS);
  const shown = [Math.min(asBefore, asAfter), Math.max(asBefore, asAfter)];
  return shown.find((instant) => instant + offsetMs(instant) === wallMs) ?? asBefore;
}

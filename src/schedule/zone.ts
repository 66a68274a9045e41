import { IANAZone } from 'luxon';
import type { Cron, Schedule } from '../core/schedule.ts';

/** A schedule in a time zone, by the name it has in the tz database. */
export function openSchedule(cron: Cron, timeZone: string): Schedule {
  const zone = IANAZone.create(timeZone);
  return { cron, offsetMs: (atMs) => Math.round(zone.offset(atMs) * 60_000) };
}

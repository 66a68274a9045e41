import { ok, warning, type Finding } from '../core/finding.ts';
import { listNextDue } from '../core/schedule.ts';
import { openSchedule } from '../schedule/zone.ts';
import type { StartConfig } from '../config/start-config.ts';

export const SCHEDULE = 'schedule';
const SHOWN_NIGHTS = 3;

export function judgeSchedule(
  { schedule, roster }: Pick<StartConfig, 'schedule' | 'roster'>,
  now: Date,
): Finding {
  const { expression, cron, timeZone } = schedule;
  const next = listNextDue(openSchedule(cron, timeZone), now, SHOWN_NIGHTS);
  const instants = next.map((instant) => instant.toISOString().slice(0, 16) + 'Z').join(', ');
  const seen = `"${expression}" in ${timeZone}: next ${instants}`;
  return roster.source.kind === 'stdin'
    ? warning(
        SCHEDULE,
        seen,
        "'start' needs a roster that it can read every night: ROSTER=- is for 'sync' alone.",
      )
    : ok(SCHEDULE, seen);
}

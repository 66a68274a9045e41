import { DateTime, type Zone } from 'luxon';

/** What a person may write for an instant; help and errors say it. */
export const ACCEPTED_TIMES =
  "a date (2026-03-03: as it was at the end of that day), a time ('2026-03-03 14:00', local; 2026-03-03T13:00:00Z), now, today, yesterday, a run id or a run key";

export type PointInTime =
  | { readonly kind: 'run'; readonly run: string }
  /** `at` ends what was written: the day, the minute or the second; ISO 8601 in UTC with microseconds. */
  | { readonly kind: 'instant'; readonly at: string; readonly begins: DateTime };

type Unit = 'day' | 'minute' | 'second' | 'millisecond';

const RUN_ID = /^\d+$/;
const RUN_KEY = /^[a-z]+(?:-[a-z]+)*-\d\S*$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:[.,](\d{1,6})\d*)?)? ?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/i;

/**
 * Reads what a person wrote, where `now` is the local time there; undefined for what is no time.
 *
 * A day, a minute or a second stands for its last instant: a time that a table shows to the minute names, when
 * written as it is shown, the night it was shown for.
 */
export function parsePointInTime(text: string, now: DateTime): PointInTime | undefined {
  const trimmed = text.trim();
  if (RUN_ID.test(trimmed) || RUN_KEY.test(trimmed)) return { kind: 'run', run: trimmed };
  switch (trimmed.toLowerCase()) {
    case 'now':
      return toInstant(now, 'millisecond');
    case 'today':
      return toInstant(now.startOf('day'), 'day');
    case 'yesterday':
      return toInstant(now.minus({ days: 1 }).startOf('day'), 'day');
  }
  const zone = now.zone;
  if (DATE.test(trimmed)) return toInstant(DateTime.fromISO(trimmed, { zone }), 'day');
  const match = TIME.exec(trimmed);
  if (match === null) return undefined;
  const [, date = '', minute = '', second = '', fraction = '', offset = ''] = match;
  const start = DateTime.fromISO(`${date}T${minute}${second.replace(',', '.')}${offset.toUpperCase()}`, {
    zone,
  });
  if (fraction.length > 3) return toInstant(start, 'millisecond', fraction.padEnd(6, '0').slice(3));
  return toInstant(start, fraction !== '' ? 'millisecond' : second !== '' ? 'second' : 'minute');
}

/** To the end of the unit, to the microsecond. */
function toInstant(start: DateTime, unit: Unit, micros = '999'): PointInTime | undefined {
  if (!start.isValid) return undefined;
  const end = start.endOf(unit).toUTC().toISO();
  return end === null ? undefined : { kind: 'instant', at: end.replace('Z', `${micros}Z`), begins: start };
}

/** `2026-03-03 14:00` in that zone. */
export function describeLocalTime(iso: string, zone: Zone): string {
  return DateTime.fromISO(iso, { zone }).toFormat('yyyy-MM-dd HH:mm');
}

/** The clock and the zone of whoever calls the command. */
export function localNow(): DateTime {
  return DateTime.now();
}

const SECONDS = /^\d+(?:\.\d+)?$/;
/** HTTP dates begin with the day's name; `Date.parse` alone would take `-5` for a date. */
const HTTP_DATE = /^[a-z]{3,9},? /i;

/**
 * Milliseconds to wait according to a `Retry-After` header, in either of its forms; 0 for a date that has passed,
 * `undefined` where it says nothing usable.
 *
 * Give the server's own `Date` as `now`, if it sent one: its clock wrote the header.
 */
export function parseRetryAfterMs(header: string | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? '';
  if (SECONDS.test(value)) return Math.ceil(Number(value) * 1000);
  if (!HTTP_DATE.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** A `Date` header as a date; `undefined` where there is none or it is not one. */
export function parseHttpDate(header: string | undefined): Date | undefined {
  const value = header?.trim() ?? '';
  const at = HTTP_DATE.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at);
}

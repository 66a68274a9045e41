/** Milliseconds since 1970, from the same or from ISO 8601. */
export function toEpochMs(time: string | number): number {
  const epochMs = typeof time === 'number' ? time : Date.parse(time);
  if (!Number.isFinite(epochMs)) throw new RangeError(`'${time}' is not an instant`);
  return epochMs;
}

export function toEpochMsOrNull(time: string | number | null): number | null {
  return time === null ? null : toEpochMs(time);
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS_MS = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;

/** Reads a whole number with its unit (`90m`, `26h`, `2d`) as milliseconds; undefined where it is anything else. */
export function parseDuration(text: string): number | undefined {
  const { amount, unit } = /^(?<amount>[1-9]\d{0,5})(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  if (amount === undefined) return undefined;
  for (const [name, unitMs] of Object.entries(UNITS_MS)) if (name === unit) return Number(amount) * unitMs;
  return undefined;
}

/** In the two units that say most: `26 h 5 min`, `3 d 4 h`, `12 s`. */
export function describeDuration(durationMs: number): string {
  const minutes = Math.floor(durationMs / MINUTE_MS);
  if (minutes < 1) return `${Math.floor(durationMs / SECOND_MS)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 1) return `${minutes} min`;
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

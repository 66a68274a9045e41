const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a whole number with its unit (`90m`, `26h`, `2d`) as milliseconds; undefined where it is anything else. */
export function parseDuration(text: string): number | undefined {
  const { amount, unit } = /^(?<amount>[1-9]\d{0,5})(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  if (amount === undefined) return undefined;
  for (const [name, unitMs] of Object.entries(UNITS_MS)) if (name === unit) return Number(amount) * unitMs;
  return undefined;
}

/** In the two units that say most: `26 h 5 min`, `3 d 4 h`, `12 s`. */
export function describeDuration(durationMs: number): string {
  const minutes = Math.floor(durationMs / UNITS_MS.m);
  if (minutes < 1) return `${Math.floor(durationMs / UNITS_MS.s)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 1) return `${minutes} min`;
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

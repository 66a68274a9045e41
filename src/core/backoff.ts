export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Exponential backoff with full jitter, in whole milliseconds: anywhere from 0 to
 * `min(maxMs, baseMs * 2^(attempt - 1))`.
 *
 * `attempt` counts from 1, the attempt that just failed. `random` gives numbers in [0, 1).
 */
export function computeBackoffMs(attempt: number, limits: BackoffLimits, random: () => number): number {
  const ceiling = computeCeilingMs(attempt, limits);
  return Math.min(ceiling, Math.floor(random() * (ceiling + 1)));
}

/** Beyond any maximum, and still finite: no base times infinity is a number. */
const MAX_DOUBLINGS = 50;

/** The longest delay that `computeBackoffMs` may choose. */
export function computeCeilingMs(attempt: number, { baseMs, maxMs }: BackoffLimits): number {
  const doublings = Math.min(Math.max(0, attempt - 1), MAX_DOUBLINGS);
  return Math.floor(Math.min(maxMs, baseMs * 2 ** doublings));
}

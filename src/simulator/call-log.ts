import type { Operation } from './call.ts';

/** What an account was called for, whatever it answered. It outlives the servers that serve the account. */
export class CallLog {
  /** Calls to paths that lead nowhere are among them. */
  total = 0;
  usersInfo = 0;
  allUserRoles = 0;
  /** When each call to an API arrived, in milliseconds since 1970. */
  readonly arrivals: number[] = [];
  /** Those of them that the limits let through: all, where there are none. */
  readonly accepted: number[] = [];
  /** When each reply that was sent whole had left, in milliseconds since 1970. */
  readonly answers: number[] = [];

  /** How many calls were turned away because a limit was reached; refusals by a fault are not among them. */
  get refused(): number {
    return this.arrivals.length - this.accepted.length;
  }

  count(operation: Operation | null): void {
    this.total += 1;
    if (operation !== null) this[operation] += 1;
  }
}

/**
 * The most arrivals, oldest first, that any `windowMs` in a row held. Two that are exactly `windowMs` apart
 * never share a window.
 */
export function countFullestWindow(arrivals: readonly number[], windowMs: number): number {
  let fullest = 0;
  let oldest = 0;
  for (const [newest, at] of arrivals.entries()) {
    while (at - (arrivals[oldest] ?? at) >= windowMs) oldest += 1;
    fullest = Math.max(fullest, newest - oldest + 1);
  }
  return fullest;
}

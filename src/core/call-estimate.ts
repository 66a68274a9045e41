import { DAY_MS, HOUR_MS, MINUTE_MS } from './duration.ts';
import { count } from './quantity.ts';

export interface CallLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/**
 * The least time between the first and the last of so many calls that rolling limits allow, the calls
 * themselves taking none.
 *
 * Whoever calls as soon as they may makes each call one window after the one that is a limit's number of
 * calls before it, and so on back to the first: the time is that of the longest such chain. With 60 a minute
 * and 1,800 an hour, 1,860 calls take an hour, and 3,600 an hour and 29 minutes.
 */
export function leastTimeMs(calls: number, limits: readonly CallLimit[]): number {
  // The largest first: it has the fewest links to try.
  return longestChainMs(
    calls - 1,
    [...limits].sort((a, b) => b.calls - a.calls),
  );
}

function longestChainMs(before: number, [limit, ...others]: readonly CallLimit[]): number {
  if (limit === undefined) return 0;
  const most = Math.max(0, Math.floor(before / limit.calls));
  if (others.length === 0) return most * limit.windowMs;
  let longestMs = 0;
  for (let links = most; links >= 0; links -= 1) {
    const restMs = longestChainMs(before - links * limit.calls, others);
    longestMs = Math.max(longestMs, links * limit.windowMs + restMs);
  }
  return longestMs;
}

/** The arithmetic, for somebody whose roster cannot be asked about within a day; null where it can. */
export function describeTooManyCalls(calls: number, limits: readonly CallLimit[]): string | null {
  const leastMs = leastTimeMs(calls, limits);
  if (leastMs <= DAY_MS) return null;
  const rates = limits
    .map(({ calls: allowed, windowMs }) => `${allowed} per ${describeWindow(windowMs)}`)
    .join(' and ');
  return (
    `This run needs ${count(calls)} API calls. At ${rates} they take at least ` +
    `${(leastMs / HOUR_MS).toFixed(1)} hours, more than a day. Raise BATCH_SIZE, ask Kore.ai for higher limits ` +
    `(RATE_PER_MINUTE, RATE_PER_HOUR), or run less often than every night.`
  );
}

function describeWindow(windowMs: number): string {
  if (windowMs === HOUR_MS) return 'hour';
  if (windowMs === MINUTE_MS) return 'minute';
  return `${windowMs / 1000} s`;
}

import type { Reply, Step } from './call.ts';
import type { CallLog } from './call-log.ts';
import { writeReply } from './canned-replies.ts';

/** At most `calls`, 1 or more, in any `windowMs` in a row, all APIs together. */
export interface RollingLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/** The limits of every account, as documented. */
export const USUAL_LIMITS: readonly RollingLimit[] = [
  { calls: 60, windowMs: 60_000 },
  { calls: 1800, windowMs: 3_600_000 },
];

/** What a call beyond a limit is told, in the documented words. */
export interface Refusal {
  /** No document names it. */
  readonly status: 200 | 400 | 429 | 503;
  /** How `Retry-After` says when the next call will be let through. */
  readonly retryAfter: 'seconds' | 'date' | 'none';
}

export interface LimitRules {
  /** All of them hold at once. */
  limits: readonly RollingLimit[];
  refusal: Refusal;
  /** Whether a refused call takes up a place as well, so that who keeps asking is kept waiting. */
  countsRefused: boolean;
}

/** Counts calls as they arrive, before anything is known of them, and lets those through that find a place. */
export function enforceLimits(rules: LimitRules, calls: CallLog, now: () => number): Step {
  return async (call, proceed) => {
    if (call.operation === null) return proceed();
    const counted = rules.countsRefused ? calls.arrivals : calls.accepted;
    const at = now();
    const isRefused = findOpening(counted, rules.limits) > at;
    calls.arrivals.push(at);
    if (isRefused) return refuse(rules.refusal, at, findOpening(counted, rules.limits));
    calls.accepted.push(at);
    return proceed();
  };
}

/** The instant from which one more call has a place in every window. */
function findOpening(counted: readonly number[], limits: readonly RollingLimit[]): number {
  let opening = -Infinity;
  for (const { calls, windowMs } of limits) {
    const filling = counted[counted.length - calls];
    if (filling !== undefined) opening = Math.max(opening, filling + windowMs);
  }
  return opening;
}

function refuse({ status, retryAfter }: Refusal, at: number, opening: number): Reply {
  const reply = writeReply('rate_limited', describeWait(retryAfter, at, opening));
  return { ...reply, status, headers: { ...reply.headers, date: new Date(at).toUTCString() } };
}

function describeWait(
  retryAfter: Refusal['retryAfter'],
  at: number,
  opening: number,
): number | string | undefined {
  switch (retryAfter) {
    case 'none':
      return undefined;
    case 'seconds':
      return Math.ceil((opening - at) / 1000);
    case 'date':
      // HTTP writes whole seconds: rounded up, lest the instant named be too early.
      return new Date(Math.ceil(opening / 1000) * 1000).toUTCString();
  }
}

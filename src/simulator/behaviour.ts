import type { Pace } from './delivery.ts';
import type { LimitRules } from './limits.ts';

/** How the platform treats its callers. May be changed while the tenant runs. */
export interface Behaviour extends Pace, LimitRules {
  /** Whether the app may use these APIs; where not, a good token is refused for its scope. */
  scope: 'granted' | 'missing';
  /** Every token needs a `jti` and an `exp` within the hour, and is good once. */
  enforceJti: boolean;
  /** Whether `usersInfo` answers in another order than asked. */
  shuffles: boolean;
}

/** At once, without limits, to everybody with a good token, in any order. */
export function chooseBehaviour(wanted: Partial<Behaviour>): Behaviour {
  return {
    latencyMs: wanted.latencyMs ?? 0,
    bytesPerSecond: wanted.bytesPerSecond ?? 0,
    limits: wanted.limits ?? [],
    refusal: wanted.refusal ?? { status: 429, retryAfter: 'none' },
    countsRefused: wanted.countsRefused ?? false,
    scope: wanted.scope ?? 'granted',
    enforceJti: wanted.enforceJti ?? false,
    shuffles: wanted.shuffles ?? true,
  };
}

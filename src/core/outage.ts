import { HOUR_MS, MINUTE_MS, SECOND_MS } from './duration.ts';

/** What a failed call says of the account: it does not answer, or it says that it takes no calls for now. */
export type Trouble = 'down' | 'refusing';

/** How the calls of a run have gone lately, over all its batches and processes. */
export interface Streak {
  readonly trouble: Trouble;
  /** Calls the account has left unanswered since it last said anything, if only that it refuses them. */
  readonly failures: number;
  /** How long ago the first of them failed. Of refusals: the first since a call was answered. */
  readonly lastingMs: number;
  /**
   * Batches of the run have been answered, and each that has not has failed before: what fails now may be its
   * own fault, and not the account's.
   */
  readonly suspectsOnly: boolean;
}

export type StreakVerdict =
  | { readonly action: 'go_on' }
  /** No batch is asked for so long; then a few are, to see. */
  | { readonly action: 'pause'; readonly delayMs: number; readonly isSuspect: boolean }
  /** Only suspects are left, and they have been waited for long enough: let the others have their night. */
  | { readonly action: 'conclude' }
  | { readonly action: 'stop'; readonly reason: string };

/** As many batches as may be under way at once could fail together for one short hiccup. */
const PAUSE_AFTER_FAILURES = 12;
const SHORTEST_PAUSE_MS = 2 * SECOND_MS;
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;

/** Long enough for a restart of the platform or a network's bad quarter of an hour; that needs nobody. */
const STOP_AFTER_MS = 45 * MINUTE_MS;

/** The next night must find the run ended. */
const NIGHT_MS = 20 * HOUR_MS;

/** The shorter of the account's windows. Whether refused calls count in them is not documented. */
const SHORTEST_REFUSAL_MS = MINUTE_MS;
/** Of a window of an hour some is free again after a quarter of it. */
const LONGEST_REFUSAL_MS = 15 * MINUTE_MS;
/** Everybody who was refused got the same hint. */
const SPREAD_MS = 5 * SECOND_MS;

/**
 * Tells an account that is down or refuses calls from a batch that is poisoned. While every call fails, asking
 * ten thousand batches once each would only add to the trouble: the run waits about as long as it has been
 * failing, looks again, and stops when it has waited long enough.
 *
 * @param hintMs what the failed call was told to wait: never undercut
 */
export function judgeStreak(streak: Streak, hintMs: number | undefined, random: () => number): StreakVerdict {
  const leastMs = streak.trouble === 'down' ? (hintMs ?? 0) : computeRefusalMs(streak.lastingMs, hintMs);
  if (streak.lastingMs + leastMs > NIGHT_MS) return giveUpNight(streak, leastMs);
  if (streak.trouble === 'down') return judgeSilence(streak, leastMs, random);
  const delayMs = Math.ceil(leastMs + random() * SPREAD_MS);
  return { action: 'pause', delayMs, isSuspect: streak.suspectsOnly };
}

/** Hints that have not helped for long are not worth much: a server that says "at once" for hours is asked more rarely. */
function computeRefusalMs(lastingMs: number, hintMs = SHORTEST_REFUSAL_MS): number {
  return Math.max(hintMs, Math.min(LONGEST_REFUSAL_MS, lastingMs / 4));
}

function judgeSilence(streak: Streak, leastMs: number, random: () => number): StreakVerdict {
  const { failures, lastingMs, suspectsOnly } = streak;
  // The poisoned ones come last. Each is given up after attempts of its own, and the night is published.
  if (failures < PAUSE_AFTER_FAILURES || suspectsOnly) return { action: 'go_on' };
  if (lastingMs >= STOP_AFTER_MS) {
    const minutes = Math.round(lastingMs / MINUTE_MS);
    return {
      action: 'stop',
      reason: `The account has answered none of the last ${failures} calls, for ${minutes} minutes`,
    };
  }
  const longestMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, lastingMs));
  const pauseMs = Math.ceil((longestMs * (1 + random())) / 2);
  return { action: 'pause', delayMs: Math.max(Math.ceil(leastMs), pauseMs), isSuspect: false };
}

function giveUpNight({ trouble, lastingMs, suspectsOnly }: Streak, leastMs: number): StreakVerdict {
  if (suspectsOnly) return { action: 'conclude' };
  const does = trouble === 'down' ? 'answered no call' : 'refused every call';
  return {
    action: 'stop',
    reason:
      `The account has ${does} for ${describeHours(lastingMs)} and is not to be asked again for ` +
      `${describeHours(leastMs)}, which would reach into the next night`,
  };
}

function describeHours(ms: number): string {
  return `${(ms / HOUR_MS).toFixed(1)} hours`;
}

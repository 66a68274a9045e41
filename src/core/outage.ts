/** How the calls of a run have gone lately, over all its batches and processes. */
export interface Streak {
  /** Failed calls since the last answered one. */
  readonly failures: number;
  /** How long ago the first of them failed. */
  readonly failingForMs: number;
  /**
   * Batches of the run have been answered, and each that has not has failed before: what fails now may be its
   * own fault, and not the account's.
   */
  readonly suspectsOnly: boolean;
}

export type OutageDecision =
  | { readonly action: 'go_on' }
  /** No batch is asked for so long; then a few are, to see. */
  | { readonly action: 'pause'; readonly delayMs: number }
  | { readonly action: 'stop'; readonly reason: string };

/** As many batches as may be under way at once could fail together for one short hiccup. */
const PAUSE_AFTER_FAILURES = 12;
const MINUTE_MS = 60_000;
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;

/** Long enough for a restart of the platform or a network's bad quarter of an hour; that needs nobody. */
const STOP_AFTER_MS = 45 * MINUTE_MS;

/**
 * Tells an account that is down from a batch that is poisoned. While every call fails, asking ten thousand
 * batches once each would only add to the trouble: the run waits about as long as it has been failing, looks
 * again, and stops when it has waited long enough.
 */
export function judgeStreak(streak: Streak, random: () => number): OutageDecision {
  const { failures, failingForMs, suspectsOnly } = streak;
  // The poisoned ones come last. Each is given up after attempts of its own, and the night is published.
  if (failures < PAUSE_AFTER_FAILURES || suspectsOnly) return { action: 'go_on' };
  if (failingForMs >= STOP_AFTER_MS) {
    const minutes = Math.round(failingForMs / MINUTE_MS);
    return {
      action: 'stop',
      reason: `The account has answered none of the last ${failures} calls, for ${minutes} minutes`,
    };
  }
  const longestMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, failingForMs));
  return { action: 'pause', delayMs: Math.ceil((longestMs * (1 + random())) / 2) };
}

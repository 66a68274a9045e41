import { computeBackoffMs } from './backoff.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from './duration.ts';

/** What is kept of a delivery: who took it and who refused. Null where there is nothing to say. */
export type Receipt = Readonly<Record<string, unknown>> | null;

/** How one attempt to send an alert ended. */
export type SendOutcome =
  | { readonly ok: true; readonly receipt: Receipt }
  | {
      readonly ok: false;
      /** Without an address, a secret or a person's data: it is stored and logged. */
      readonly reason: string;
      /** The receiver will refuse it again. */
      readonly isPermanent: boolean;
      readonly retryAfterMs?: number;
      /** Of those who took it so far. */
      readonly receipt?: Receipt;
    };

/** What becomes of an alert after an attempt. */
export type Settlement =
  | { readonly kind: 'delivered'; readonly receipt: Receipt }
  | { readonly kind: 'pending'; readonly delayMs: number; readonly reason: string; readonly receipt: Receipt }
  | { readonly kind: 'dead'; readonly reason: string; readonly receipt: Receipt };

export interface AttemptState {
  /** Counts from 1: the attempt that just ended. */
  readonly attempt: number;
  /** Until the alert is given up; may be past. */
  readonly leftMs: number;
  /** What earlier attempts left. */
  readonly receipt: Receipt;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** A dozen attempts in the first hour, then one in half an hour on average. */
const BACKOFF = { baseMs: 2 * SECOND_MS, maxMs: HOUR_MS };

/**
 * Decides what becomes of an alert. A receiver's Retry-After is never undercut, up to a day. An alert is given up
 * only by an attempt that fails after its time: one that was due meanwhile is made first.
 */
export function settleAttempt(outcome: SendOutcome, state: AttemptState): Settlement {
  if (outcome.ok) return { kind: 'delivered', receipt: outcome.receipt };
  const { reason } = outcome;
  const receipt = outcome.receipt ?? state.receipt;
  if (outcome.isPermanent) return { kind: 'dead', reason, receipt };
  if (state.leftMs <= 0) return { kind: 'dead', reason: `${reason}; given up after a day`, receipt };
  const hintMs = Math.min(Math.max(0, outcome.retryAfterMs ?? 0), DAY_MS);
  const delayMs = Math.ceil(hintMs) + computeBackoffMs(state.attempt, BACKOFF, state.random);
  return { kind: 'pending', delayMs, reason, receipt };
}

import type { Answer } from './answer.ts';
import type { Snapshot } from './snapshot.ts';

/** What is known of the entry a batch asks about: whom it leads to, and what they looked like. */
export interface KnownEntry {
  readonly entry: string;
  readonly userId: string | null;
  /** The user is current: known and not removed. */
  readonly current: boolean;
  readonly email: string | null;
  /** Hash of the last snapshot's canonical form, in hexadecimal. */
  readonly hash: string | null;
  /** ISO 8601 in UTC with milliseconds. */
  readonly lastLogin: string | null;
  /** Other entries lead to this user too. */
  readonly shared: boolean;
}

/** What a batch stores of an answer: only what differs from the known state, see `observe`. */
export type Observation =
  | {
      readonly answer: 'found';
      readonly entry: string;
      readonly userId: string;
      /** Null where only the last login moved. */
      readonly snapshot: { readonly snapshot: Snapshot; readonly hash: string } | null;
      readonly lastLogin: string | null;
    }
  | { readonly answer: 'absent' | 'unanswered'; readonly entry: string; readonly reason: string };

/**
 * Decides what an answer adds to what is known; `undefined` for an unchanged user, so that an ordinary
 * night writes in proportion to what changed.
 *
 * A user several entries lead to is always stored: the plan has to compare their snapshots.
 */
export function observe(answer: Answer, known: KnownEntry, hash: string): Observation | undefined {
  if (answer.kind !== 'found') return { answer: answer.kind, entry: answer.entry, reason: answer.reason };
  const { entry, snapshot } = answer;
  const lastLogin = snapshot.lastLogin ?? null;
  const unchanged =
    known.userId === snapshot.userId &&
    known.current &&
    !known.shared &&
    known.hash === hash &&
    known.email === snapshot.email;
  if (!unchanged)
    return { answer: 'found', entry, userId: snapshot.userId, snapshot: { snapshot, hash }, lastLogin };
  if (lastLogin === null || lastLogin === known.lastLogin) return undefined;
  return { answer: 'found', entry, userId: snapshot.userId, snapshot: null, lastLogin };
}

import type { Snapshot } from './snapshot.ts';

export const ENTRY_KINDS = ['email', 'org_user_id'] as const;
/** What the entries of a roster are. The entries of one batch are of one kind. */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * What Kore.ai said about one requested entry. "No answer" and "gone" are different kinds:
 * only an explicit failure that says "not found" or "invalid" is `absent` (I1).
 */
export type Answer =
  | { readonly kind: 'found'; readonly entry: string; readonly snapshot: Snapshot }
  | { readonly kind: 'absent'; readonly entry: string; readonly reason: string }
  | { readonly kind: 'unanswered'; readonly entry: string; readonly reason: string };

/** One response, reconciled with what was asked. */
export interface BatchAnswers {
  /** Exactly one per requested entry, in the order they were asked (I10). */
  readonly answers: readonly Answer[];
  /** Items of the response that nobody asked for. */
  readonly ignored: number;
  /** Paths of fields that are unknown or of a surprising type, each once, such as `roles.btRoles[].grade`. */
  readonly drift: readonly string[];
}

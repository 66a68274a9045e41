import type { Answer, BatchAnswers, EntryKind } from '../core/answer.ts';
import { canonicalForm } from '../core/canonical.ts';
import { normalizeEmail } from '../core/email.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { createDrift } from './drift.ts';
import { parseUserItem } from './user-item.ts';
import type { UserItem } from './user-item.ts';

/**
 * Reconciles the items of a response with the entries asked: exactly one answer each, in the order asked (I10).
 *
 * Neither the order of the items nor letter case matters. Total: an item that cannot be read answers nothing.
 */
export function reconcileItems(
  entries: readonly string[],
  entryKind: EntryKind,
  values: readonly unknown[],
): BatchAnswers {
  const drift = createDrift();
  const items = values.map((value) => parseUserItem(value, drift)).filter((item) => item !== undefined);
  const keys = entries.map(entryKind === 'email' ? normalizeEmail : (entry) => entry.trim());
  const asked = new Map<string, UserItem[]>(keys.map((key) => [key, []]));
  let matched = 0;
  for (const item of items) {
    const key = findKey(item, entryKind, asked, items.length);
    const claims = key === undefined ? undefined : asked.get(key);
    if (claims === undefined) continue;
    claims.push(item);
    matched++;
  }
  return {
    answers: entries.map((entry, index) => answerEntry(entry, asked.get(keys[index] ?? '') ?? [])),
    ignored: values.length - matched,
    drift: drift.paths(),
  };
}

/** Which of the entries asked the item is about; `undefined` if nobody asked for it or it does not say. */
function findKey(
  item: UserItem,
  entryKind: EntryKind,
  asked: ReadonlyMap<string, unknown>,
  itemCount: number,
): string | undefined {
  const [onlyKey] = asked.size === 1 ? asked.keys() : [];
  if (entryKind === 'email') {
    if (item.email !== undefined) return item.email;
    // A failure need not repeat the address it was given; asked about one and told of one, it is that one.
    const isOnlyFailure = itemCount === 1 && item.isAnonymous && item.userId === undefined;
    return isOnlyFailure ? onlyKey : undefined;
  }
  // An id that contradicts what was asked is believed over the count.
  if (item.orgUserId !== undefined) return item.orgUserId;
  if (onlyKey !== undefined) return onlyKey;
  return [item.userId, item.address].find((id) => id !== undefined && asked.has(id));
}

function answerEntry(entry: string, items: readonly UserItem[]): Answer {
  const found: Snapshot[] = [];
  const failures: { kind: 'absent' | 'unanswered'; reason: string }[] = [];
  for (const { content } of items) {
    if (content.kind === 'found') found.push(content.snapshot);
    else failures.push(content);
  }
  const [first] = found;
  if (first !== undefined) {
    const snapshot = found.reduce<Snapshot | undefined>(uniteIdentical, first);
    return snapshot === undefined
      ? { kind: 'unanswered', entry, reason: 'items for this entry contradict each other' }
      : { kind: 'found', entry, snapshot };
  }
  return answerFailures(entry, failures);
}

/** One item that does not say absent is enough to doubt another that does (I1). */
function answerFailures(
  entry: string,
  failures: readonly { readonly kind: 'absent' | 'unanswered'; readonly reason: string }[],
): Answer {
  const doubts = failures.filter(({ kind }) => kind === 'unanswered');
  const decisive = doubts.length > 0 ? doubts : failures;
  // Of several reasons always the same, in whatever order they came.
  const [reason] = decisive.map((failure) => failure.reason).sort();
  if (reason === undefined) {
    return { kind: 'unanswered', entry, reason: 'the response has no item for this entry' };
  }
  return { kind: doubts.length > 0 ? 'unanswered' : 'absent', entry, reason };
}

/** Identical but for the last login are one user, who logged in between; otherwise `undefined`. */
function uniteIdentical(known: Snapshot | undefined, other: Snapshot): Snapshot | undefined {
  if (known === undefined || known === other) return known;
  if (
    known.userId !== other.userId ||
    known.email !== other.email ||
    canonicalForm(known) !== canonicalForm(other)
  ) {
    return undefined;
  }
  return (other.lastLogin ?? '') > (known.lastLogin ?? '') ? other : known;
}

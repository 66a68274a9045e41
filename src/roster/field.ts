import type { EntryKind } from '../core/answer.ts';

/** The column or property that holds the entries: its index among the names given. */
export interface Field {
  readonly index: number;
  readonly kind: EntryKind;
}

/**
 * The usual spellings, without case, spaces and punctuation, the surer ones first: a `username` is often
 * an address but need not be, and an org user id costs one call per person.
 */
const SPELLINGS: readonly (readonly [key: string, kind: EntryKind])[] = [
  ['email', 'email'],
  ['emailaddress', 'email'],
  ['emailid', 'email'],
  ['emailids', 'email'],
  ['emails', 'email'],
  ['mail', 'email'],
  ['mailaddress', 'email'],
  ['useremail', 'email'],
  ['useremailaddress', 'email'],
  ['useremailid', 'email'],
  ['workemail', 'email'],
  ['workemailaddress', 'email'],
  ['primaryemail', 'email'],
  ['primaryemailaddress', 'email'],
  ['userprincipalname', 'email'],
  ['upn', 'email'],
  ['username', 'email'],
  ['orguserid', 'org_user_id'],
  ['orguserids', 'org_user_id'],
];

const KNOWN = new Map(SPELLINGS.map(([key, kind], rank) => [key, { rank, kind }]));

/** What of a name counts: `E-Mail Address`, `email_address` and `emailAddress` are one. */
function toKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Finds the field of the entries among names; `ambiguous` where two names are the same word. */
export type FieldFinder = (names: readonly string[]) => Field | 'ambiguous' | null;

/** How many names a finder remembers the meaning of: objects repeat theirs, hostile ones need not (I11). */
const MAX_REMEMBERED = 1_000;

/**
 * Makes a finder for the field that is `wanted` by name, or else for one in a usual spelling. A field in
 * a usual spelling of an org user id holds org user ids, also when it was asked for by name.
 */
export function createFieldFinder(wanted: string | null): FieldFinder {
  const remembered = new Map<string, string>();
  function keyOf(name: string): string {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const key = toKey(name);
    if (remembered.size < MAX_REMEMBERED) remembered.set(name, key);
    return key;
  }
  return wanted === null
    ? (names) => findUsual(names.map(keyOf))
    : (names) => findNamed(names, names.map(keyOf), wanted);
}

function findUsual(keys: readonly string[]): Field | 'ambiguous' | null {
  let best: (Field & { rank: number }) | null = null;
  let ambiguous = false;
  for (const [index, key] of keys.entries()) {
    const known = KNOWN.get(key);
    if (known === undefined || (best !== null && known.rank > best.rank)) continue;
    ambiguous = known.rank === best?.rank;
    best = { index, kind: known.kind, rank: known.rank };
  }
  if (best === null) return null;
  return ambiguous ? 'ambiguous' : { index: best.index, kind: best.kind };
}

function findNamed(
  names: readonly string[],
  keys: readonly string[],
  wanted: string,
): Field | 'ambiguous' | null {
  const wantedKey = toKey(wanted);
  const kind = KNOWN.get(wantedKey)?.kind ?? 'email';
  const exact = names.findIndex((name) => name.trim() === wanted.trim());
  if (exact !== -1) return { index: exact, kind };
  const index = wantedKey === '' ? -1 : keys.indexOf(wantedKey);
  if (index === -1) return null;
  return keys.lastIndexOf(wantedKey) === index ? { index, kind } : 'ambiguous';
}

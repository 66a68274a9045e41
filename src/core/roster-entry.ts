import type { EntryKind } from './answer.ts';
import { normalizeEmail } from './email.ts';

/** A roster as text. The format of a file follows from its name, that of standard input from its first line. */
export type TextSource = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdin' };

/** Where a roster comes from: a text, or the users that Kore.ai lists. */
export type RosterSource = TextSource | { readonly kind: 'listing' };

/** The listing as it is spelled in ROSTER and in messages. */
export const LISTING_NAME = 'kore:alluserroles';

/**
 * What one place of a roster gave. `line` counts from 1 and grows from each to the next, so that it
 * identifies: the line of a text file, the first line of a CSV row, the position of an item in a `.json` list
 * or of a user in a listing.
 * What was rejected keeps an excerpt that is short and safe to store and to print.
 */
export type RosterLine = { readonly line: number } & (
  | { readonly ok: true; readonly entry: string; readonly kind: EntryKind }
  | { readonly ok: false; readonly reason: string; readonly text: string }
);

export type ParsedEntry =
  | { readonly ok: true; readonly entry: string; readonly kind: EntryKind }
  | { readonly ok: false; readonly reason: string };

/** RFC 5321, 4.5.3.1.3, less the angle brackets: a longer address cannot be delivered to. */
const MAX_EMAIL_LENGTH = 254;
const MAX_ORG_USER_ID_LENGTH = 128;
const EXCERPT_LENGTH = 120;

/** Control, invisible (zero-width space, byte order mark, soft hyphen) and half surrogates: traces of copy and paste. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/u;
const INVISIBLE_OR_BREAK = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** Signs of a list or of "Name <address>"; an address could hold them in quotes only, and nobody's does. */
const NOT_IN_ADDRESS = /[,;:<>()"\\]/;
const ORG_USER_ID = /^[A-Za-z0-9_-]+$/;
/** What a decoder puts where bytes were not valid UTF-8. */
const REPLACEMENT = '\uFFFD';

/**
 * Reads one entry of a roster.
 *
 * Total: any text gives an entry in normal form or a reason in words for a person. It errs on the side
 * of asking: a strange address costs one place in a batch, a rejected one hides somebody's access.
 */
export function parseRosterEntry(text: string, kind: EntryKind): ParsedEntry {
  const entry = kind === 'email' ? normalizeEmail(text) : text.trim();
  const reason = kind === 'email' ? checkEmail(entry) : checkOrgUserId(entry);
  return reason === null ? { ok: true, entry, kind } : { ok: false, reason };
}

/** The start of a rejected text, without anything that a terminal obeys or PostgreSQL refuses to store. */
export function excerpt(text: string): string {
  // Twice the length in UTF-16 units always holds enough characters: no need to walk a text of a megabyte.
  const characters = Array.from(
    text.slice(0, 2 * EXCERPT_LENGTH + 2).replace(INVISIBLE_OR_BREAK, REPLACEMENT),
  );
  return characters.length <= EXCERPT_LENGTH
    ? characters.join('')
    : `${characters.slice(0, EXCERPT_LENGTH - 1).join('')}…`;
}

function checkEmail(text: string): string | null {
  if (text === '') return 'is empty';
  if (text.includes(REPLACEMENT)) return 'is not valid UTF-8';
  const parts = text.split('@');
  if (parts.length === 1) return 'is not an email address: it has no @';
  if (parts.length > 2) return 'is not one email address: it has more than one @';
  const invisible = INVISIBLE.exec(text);
  if (invisible !== null) return `holds a control or invisible character, ${describeCodePoint(invisible[0])}`;
  if (/\s/u.test(text)) return 'holds a space';
  const foreign = NOT_IN_ADDRESS.exec(text);
  if (foreign !== null) return `holds a character that no email address has: ${foreign[0]}`;
  if (text.startsWith('@')) return 'has nothing before the @';
  if (text.endsWith('@')) return 'has nothing after the @';
  if (/@\.|@.*\.\.|\.$/u.test(text)) return 'has a domain with an empty part: a dot too many';
  if (text.length > MAX_EMAIL_LENGTH) return `is longer than ${MAX_EMAIL_LENGTH} characters`;
  return null;
}

function checkOrgUserId(text: string): string | null {
  if (text === '') return 'is empty';
  if (text.includes(REPLACEMENT)) return 'is not valid UTF-8';
  if (text.includes('@')) return 'is not an org user id: it has an @';
  if (!ORG_USER_ID.test(text)) {
    return 'is not an org user id: expected letters A to Z, digits, - and _ only';
  }
  if (text.length > MAX_ORG_USER_ID_LENGTH) return `is longer than ${MAX_ORG_USER_ID_LENGTH} characters`;
  return null;
}

function describeCodePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

import { REDACTED } from '../core/secret.ts';

/** A shorter one stands in every other word, and to cut it out would leave no line readable. */
const MIN_SECRET_LENGTH = 4;

/**
 * JWS and JWE in their compact form, whole or cut off: `eyJ` is `{"` in base64url, where every header
 * begins. What is too short for a header holds nothing secret, and may be the middle of a `keyJob`.
 */
const TOKEN = /eyJ[\w-]{16,}(?:\.[\w-]*)*/g;

/** What stands between scheme and host of an address, whether or not it was registered as a secret. */
const USERINFO = /(:\/\/)[^\s"\\/@]*@/g;

/** Properties that hold a secret by their name; `auth` is the header in which Kore.ai takes its token. */
const SECRET_PROPERTY =
  /("(?:auth|authorization|proxy-authorization|cookie|set-cookie|password|passwd|secret|client_?secret|token|jwt)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/**
 * An address with its first letter. A match begins where a word does, or a long word without an @ would
 * be read once per letter of it.
 */
const EMAIL = /(?<![^\s"\\/@<>(),:;=[\]{}|])([^\s"\\/@<>(),:;=[\]{}|]+)@([\p{L}\p{N}][\p{L}\p{N}.-]*)/gu;

/** The escape sequence of a JSON string that a match may have begun inside of, behind its backslash. */
const ESCAPE_REST = /^(?:u[0-9a-f]{4}|[bfnrt])/i;

/**
 * Makes the function that takes secrets out of a line of JSON (I8), and keeps it JSON: secrets by their
 * value in every form they travel in, tokens and credentials by their looks, and email addresses masked.
 */
export function createScrubber(
  secrets: readonly string[],
  options: { readonly unmaskEmails: boolean },
): (line: string) => string {
  const pattern = createSecretPattern(secrets);
  return (line) => {
    let clean = pattern === null ? line : line.replace(pattern, REDACTED);
    if (clean.includes('eyJ')) clean = clean.replace(TOKEN, REDACTED);
    clean = clean.replace(SECRET_PROPERTY, `$1"${REDACTED}"`);
    if (!clean.includes('@')) return clean;
    clean = clean.replace(USERINFO, `$1${REDACTED}@`);
    return options.unmaskEmails ? clean : clean.replace(EMAIL, maskEmail);
  };
}

function createSecretPattern(secrets: readonly string[]): RegExp | null {
  const forms = new Set(secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH).flatMap(formsOf));
  if (forms.size === 0) return null;
  // The longest first: of a connection string and the password in it, all of the string goes.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
}

/** How often a text may have been made part of a JSON text: an error quotes a body that quotes a header. */
const MAX_JSON_LEVELS = 4;

/** A secret as it can stand in a line: in JSON, in JSON inside JSON, in an address, in base64. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [encodeURIComponent(bytes.toString()), bytes.toString('base64'), bytes.toString('base64url')];
  let inJson = secret;
  for (let level = 1; level <= MAX_JSON_LEVELS; level += 1) {
    inJson = JSON.stringify(inJson).slice(1, -1);
    forms.push(inJson);
  }
  return forms;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function maskEmail(match: string, local: string, domain: string, offset: number, line: string): string {
  const escape = line[offset - 1] === '\\' ? (ESCAPE_REST.exec(local)?.[0] ?? '') : '';
  const [first = ''] = local.slice(escape.length);
  return first === '' ? match : `${escape}${first}***@${domain}`;
}

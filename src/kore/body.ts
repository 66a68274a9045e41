import { isJsonObject } from './wire.ts';

/** A body by what it can be read as. Kinds other than `json` are those of the failure they make. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not_json' | 'truncated' | 'encrypted'; readonly text: string };

/**
 * Reads a body as JSON, or says why it is none.
 *
 * Characters that PostgreSQL cannot store (NUL, lone surrogates) come out as U+FFFD.
 */
export function parseBody(text: string): Body {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  if (trimmed === '') return { kind: 'empty' };
  try {
    return { kind: 'json', value: JSON.parse(replaceUnstorable(trimmed)) };
  } catch {
    if (isCutOff(trimmed)) return { kind: 'truncated', text: trimmed };
    return { kind: isOpaque(trimmed) ? 'encrypted' : 'not_json', text: trimmed };
  }
}

/** What to quote of a body that is no JSON: the words of a page, not its markup; nothing of a text that may hold users. */
export function describeBody(body: Exclude<Body, { kind: 'json' | 'empty' }>): string {
  switch (body.kind) {
    case 'not_json':
      return excerptOf(body.text);
    case 'truncated':
      return `the body breaks off after ${body.text.length} characters`;
    case 'encrypted':
      return 'payload encryption appears enabled';
  }
}

const MAX_EXCERPTED = 20_000;

function excerptOf(text: string): string {
  return text
    .slice(0, MAX_EXCERPTED)
    .replace(/<(script|style)\b[^>]*>[^]*?<\/\1>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Whether a body of this type may be taken for JSON. A type that claims nothing (none, `text/plain`,
 * `application/octet-stream`) is forgiven; one that claims something else is believed.
 */
export function mayBeJson(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';', 1);
  return /^(?:|text\/plain|application\/octet-stream|(?:application|text)\/(?:[\w.-]+\+)?json|.*\/javascript)$/.test(
    type.trim(),
  );
}

/** Only escapes can spell these: a NUL may not stand raw in JSON, and decoding UTF-8 yields no lone surrogate. */
const MAY_BE_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;
const ESCAPES =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u0000|u[dD][89a-fA-F][\da-fA-F]{2}|[^])/g;
const LONE_ESCAPE_LENGTH = '\\u0000'.length;

function replaceUnstorable(json: string): string {
  if (!MAY_BE_UNSTORABLE.test(json)) return json;
  // Whole escapes are consumed one by one, so that `\\u0000`, a backslash and five characters, stays what it is.
  return json.replace(ESCAPES, (escape) => (escape.length === LONE_ESCAPE_LENGTH ? '\\ufffd' : escape));
}

/** Whether JSON ends before everything it opened is closed. */
function isCutOff(text: string): boolean {
  if (!/^[[{"]/.test(text)) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString && character === '\\') index++;
    else if (character === '"') inString = !inString;
    else if (inString) continue;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
  }
  return inString || depth > 0;
}

const ENCRYPTED_NAME = /encr|cipher|jwe|\biv\b|wrapped|payload|metadata/i;
const OPAQUE_TEXT = /^[\w+/=.-]{40,}$/;

/**
 * Whether a JSON value looks like an encrypted payload. How Kore.ai spells one is not documented: an object that
 * names encryption, or holds long texts without a word in them.
 */
export function looksEncrypted(value: unknown): boolean {
  if (typeof value === 'string') return isOpaque(value);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([key, inner]) =>
      (ENCRYPTED_NAME.test(key) && (isJsonObject(inner) || typeof inner === 'string')) ||
      (typeof inner === 'string' && isOpaque(inner)) ||
      (isJsonObject(inner) &&
        Object.values(inner).some((deep) => typeof deep === 'string' && isOpaque(deep))),
  );
}

function isOpaque(text: string): boolean {
  return OPAQUE_TEXT.test(text.trim());
}

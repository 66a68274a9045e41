const MAX_LENGTH = 200;
/** Longest stretch that is looked at: what is cut off later must have been masked first. */
const MAX_SCANNED = 2_000;

const ADDRESS = /[^\s<>"(),;:[\]{}]*(?:@|＠|%40)[^\s<>"(),;:[\]{}]*/giu;
const TOKEN = /\beyJ[\w-]+(?:\.[\w-]*)*/g;
/** Keys, secrets, digests: letters and digits without a space, longer than any word. */
const OPAQUE = /(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{32,}/gi;
/** Control characters could forge lines of a log. */
const BLANKS = /[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]+/g;

/** What is left where a text was cut between the two halves of a character. */
const HALF_CHARACTERS = /\p{Cs}/gu;

/**
 * Words of a server, fit to be logged and stored: one line of at most `maxLength` characters, without email addresses,
 * tokens, or anything that might be a key (I8). A server may well quote the token it refuses.
 */
export function maskText(text: string, maxLength = MAX_LENGTH): string {
  const masked = cutAtWord(text)
    .replace(BLANKS, ' ')
    .replace(TOKEN, '[token]')
    .replace(ADDRESS, '[email]')
    .replace(OPAQUE, '[masked]')
    .trim();
  const cut = masked.length <= maxLength ? masked : `${masked.slice(0, maxLength - 1)}…`;
  return cut.replace(HALF_CHARACTERS, '');
}

function cutAtWord(text: string): string {
  if (text.length <= MAX_SCANNED) return text;
  const head = text.slice(0, MAX_SCANNED);
  const lastBlank = head.search(/\s\S*$/);
  return lastBlank === -1 ? '[masked]' : head.slice(0, lastBlank);
}

import { maskText } from './masked-text.ts';
import { isRateLimitText, parseComplaint } from './wire.ts';

/** What the failure of a single entry amounts to. */
export interface ItemFailure {
  readonly kind: 'absent' | 'unanswered';
  /** The server's words, masked. */
  readonly reason: string;
}

const SUBJECT = String.raw`(?:users?|e-?mails?|(?:e-?mails?|org\s?users?|users?)[\s_-]?(?:ids?|address(?:es)?)(?:\(s\))?|address(?:es)?)`;
/** Words that may stand between the subject and what is said of it, without changing what it is said of. */
const FILLER = String.raw`(?:\s*(?:<<[^<>]*>>|'[^']*'|"[^"]*"|\[email\]|\[masked\]|:|\b(?:with|having|for|by|of|in|the|this|that|these|given|provided|entered|specified|supplied|requested|your|you|account|e-?mails?|ids?|address(?:es)?|emailids?)\b))*`;
const BE = String.raw`(?:\s+(?:was|were|is|are|has|have|could|can|be|been))*`;

/** The forms in which a text says "not found" or "invalid address" of the entry itself. */
const SAYS_ABSENT = [
  new RegExp(
    String.raw`\b${SUBJECT}${FILLER}${BE}\s*\bnot(?:\s+been|\s+be)?\s+(?:found|known|recogni[sz]ed|valid)\b`,
    'i',
  ),
  new RegExp(String.raw`\b${SUBJECT}${FILLER}\s+(?:cannot|can't|couldn't)\s+be\s+found\b`, 'i'),
  new RegExp(String.raw`\b${SUBJECT}${FILLER}\s+(?:does\s+not|doesn't|do\s+not|don't)\s+exist\b`, 'i'),
  new RegExp(String.raw`\bno\s+(?:such|matching)\s+${SUBJECT}\s*(?:$|[.,:;!])`, 'i'),
  new RegExp(String.raw`\bno\s+${SUBJECT}${FILLER}${BE}\s+(?:found|exists?)\b`, 'i'),
  new RegExp(
    String.raw`\b(?:invalid|unknown|malformed|non-?existent)\s+${SUBJECT}\s*(?:$|[.,:;!'"<[]|\b(?:provided|entered|given|specified|supplied|format|syntax)\b)`,
    'i',
  ),
  new RegExp(String.raw`\bnot\s+(?:a\s+|an\s+)?valid\s+${SUBJECT}\s*(?:$|[.,:;!])`, 'i'),
  new RegExp(
    String.raw`\b(?:unable to|failed to|could not|couldn't|cannot|can't|did not|didn't) (?:find|locate) (?:an? |any |the |this |that )?${SUBJECT}\s*(?:$|[.,:;!'"<[]|\b(?:with|by|for)\b)`,
    'i',
  ),
  /^\W*not\s+found\W*$/i,
];

/**
 * Words of trouble on the server's side or ours. They win over a code 400: to call somebody unanswered who is gone
 * costs a night, to call somebody gone who is not takes their access away in the books (I1).
 */
const SAYS_TROUBLE =
  /\btime[ds]?[\s-]?out|\bunavailable|\btemporar|\btry again (?:later|after|in|shortly)|\bretry|\binternal\b|\bserver error|\bgateway|\boverload|\bmaintenance|\b(?:unable to|failed to|could not|couldn't|cannot) (?!be |find\b|locate\b)|\btoken|\bjwt\b|\bcredential|\bscope\b|\bpermission|\bdenied|\bforbidden|\bauthori[sz]/i;

/** Kore.ai's own number for a refused token, whatever the HTTP status. */
const CODE_UNAUTHORIZED = 4002;

/** Bounds the work of the patterns; no documented text comes near it. */
const MAX_JUDGED = 500;

/**
 * Judges the `reason` of an entry's failure. `absent` only for code 400 or words that say not found or invalid
 * address, and for neither beside a sign of trouble (I1). The words are kept either way.
 */
export function judgeItemFailure(reason: unknown): ItemFailure {
  const { texts, codes } = parseComplaint(reason);
  // Masked first: an address may contain any of the words that are looked for.
  const masked = texts.map((words) => maskText(words, MAX_JUDGED));
  const isTrouble = masked.some(saysTrouble) || codes.some(isTroubleCode);
  const isAbsent = codes.includes(400) || masked.some(saysAbsent);
  return {
    kind: isAbsent && !isTrouble ? 'absent' : 'unanswered',
    reason: maskText(masked.join(' / ')) || describeCodes(codes),
  };
}

function saysTrouble(words: string): boolean {
  return isRateLimitText(words) || SAYS_TROUBLE.test(words);
}

function saysAbsent(words: string): boolean {
  return SAYS_ABSENT.some((pattern) => pattern.test(words));
}

function isTroubleCode(code: number): boolean {
  return [401, 403, 408, 429, CODE_UNAUTHORIZED].includes(code) || (code >= 500 && code < 600);
}

function describeCodes(codes: readonly number[]): string {
  return codes.length === 0
    ? 'a failure without a reason'
    : `a failure with code ${codes.join(', ')} and no words`;
}

const PLAIN_ASCII = /^[\x21-\x7e]*$/;
const FULL_AND_HALF_WIDTH = /[\uff01-\uffee]+/g;

/**
 * The form in which addresses are compared and stored. Idempotent.
 *
 * Trims, maps full- and half-width forms to ordinary ones, lower-cases, composes (NFC): the rules of
 * RFC 8265 section 3.3 (UsernameCaseMapped). NFKC over the whole address would also fold `ﬁ` into `fi` or
 * `²` into `2`, and make one person of two.
 */
export function normalizeEmail(address: string): string {
  const trimmed = address.trim();
  if (PLAIN_ASCII.test(trimmed)) return trimmed.toLowerCase();
  return trimmed
    .replace(FULL_AND_HALF_WIDTH, (run) => run.normalize('NFKC'))
    .toLowerCase()
    .normalize('NFC')
    .trim();
}

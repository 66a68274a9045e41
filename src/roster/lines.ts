import { excerpt } from '../core/roster-entry.ts';

/** A line of text with its number, from 1. Of one that is too long only an excerpt is kept. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  readonly tooLong: boolean;
}

/** In UTF-16 units. Far above any sane row; it bounds memory where a file has no line ends at all (I11). */
export const MAX_LINE_LENGTH = 65_536;
export const TOO_LONG = `is longer than ${MAX_LINE_LENGTH} characters`;

/**
 * Cuts text into lines at LF, CRLF and CR, and gives them in lists, one list per piece of text: a step
 * through an async iterator costs more than the work on a line.
 */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<TextLine[]> {
  let line = 0;
  let rest = '';
  /** The start of a line whose middle is being skipped. */
  let overlong: string | null = null;

  function toLine(text: string): TextLine {
    line += 1;
    const start = overlong ?? (text.length > MAX_LINE_LENGTH ? excerpt(text) : null);
    overlong = null;
    return start === null ? { line, text, tooLong: false } : { line, text: start, tooLong: true };
  }

  for await (const piece of pieces) {
    // A CR that ends the piece may be the first half of a CRLF: it waits for the next one.
    const texts = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = texts.pop() ?? '';
    yield texts.map(toLine);
    if (rest.length > MAX_LINE_LENGTH) {
      overlong ??= excerpt(rest);
      rest = rest.endsWith('\r') ? '\r' : '';
    }
  }
  if (rest !== '' || overlong !== null) yield [toLine(rest.replace(/\r$/, ''))];
}

import { parse } from 'csv-parse/sync';
import { excerpt } from '../core/roster-entry.ts';
import { MAX_LINE_LENGTH, TOO_LONG, type TextLine } from './lines.ts';

/** What stands between two cells of a row. */
export const DELIMITERS: readonly string[] = [',', ';', '\t'];

/** A row with the number of its first line: its cells, or why they could not be told apart. */
export type CsvRow =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly fault: string; readonly text: string };

/** The lines of one row, as far as quotes tell. Which cells they make is for the CSV parser to say. */
export interface RowBlock {
  readonly line: number;
  readonly texts: readonly string[];
  readonly tooLong: boolean;
}

/** A quote that is still open after so many lines was never meant to be one. */
const MAX_ROW_LINES = 100;

/**
 * Puts the lines of each row together: while their quotes are odd in number, a cell is open and goes on
 * in the next line. Blank lines between rows are left out.
 *
 * A stray quote must cost its own line and no other, while a CSV parser reads on to the next quote or to
 * the end of the file. So an open cell is given up after a while, and its first line stands alone.
 */
export async function* groupRows(lists: AsyncIterable<TextLine[]>): AsyncGenerator<RowBlock[]> {
  const rows = new RowGrouper();
  for await (const lines of lists) {
    for (const line of lines) rows.add(line);
    yield rows.take();
  }
  rows.end();
  yield rows.take();
}

class RowGrouper {
  #complete: RowBlock[] = [];
  #open: TextLine[] = [];
  #openLength = 0;
  #quotesOdd = false;

  add(line: TextLine): void {
    if (line.tooLong) {
      this.end();
      this.#complete.push({ line: line.line, texts: [line.text], tooLong: true });
      return;
    }
    if (this.#open.length === 0 && line.text.trim() === '') return;
    this.#open.push(line);
    this.#openLength += line.text.length;
    if (hasOddQuotes(line.text)) this.#quotesOdd = !this.#quotesOdd;
    if (!this.#quotesOdd) this.#close(this.#reset());
    else if (this.#open.length >= MAX_ROW_LINES || this.#openLength > MAX_LINE_LENGTH) this.#giveUp();
  }

  end(): void {
    while (this.#open.length > 0) this.#giveUp();
  }

  take(): RowBlock[] {
    const taken = this.#complete;
    this.#complete = [];
    return taken;
  }

  #giveUp(): void {
    const [first, ...others] = this.#reset();
    if (first !== undefined) this.#close([first]);
    for (const line of others) this.add(line);
  }

  #close(lines: readonly TextLine[]): void {
    const line = lines[0]?.line ?? 0;
    this.#complete.push({ line, texts: lines.map(({ text }) => text), tooLong: false });
  }

  #reset(): TextLine[] {
    const lines = this.#open;
    this.#open = [];
    this.#openLength = 0;
    this.#quotesOdd = false;
    return lines;
  }
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** Reads a text that must be one row; null where it is not. */
export function parseRow(text: string, delimiter: string): readonly string[] | null {
  const rows = parseText(text, delimiter);
  return rows?.length === 1 ? (rows[0] ?? null) : null;
}

/**
 * Reads blocks into rows, in order.
 *
 * All at once where that works, since a call of the parser costs more than a row. A block of one line can
 * only swallow others, never make two rows, so as many rows as blocks means each made its own. Otherwise
 * by halves, down to the block at fault.
 */
export function parseRows(
  blocks: readonly RowBlock[],
  delimiter: string,
  holdsEntry: (cells: readonly string[]) => boolean,
): CsvRow[] {
  const [first] = blocks;
  if (first === undefined) return [];
  if (blocks.length === 1) return parseBlock(first, delimiter, holdsEntry);
  const rows = blocks.every(isOneLine) ? parseText(joinTexts(blocks), delimiter) : null;
  if (rows?.length === blocks.length) {
    return blocks.map(({ line }, index) => ({ line, cells: rows[index] ?? [] }));
  }
  const half = blocks.length >>> 1;
  return [
    ...parseRows(blocks.slice(0, half), delimiter, holdsEntry),
    ...parseRows(blocks.slice(half), delimiter, holdsEntry),
  ];
}

/** A block of several lines that is not one row is read line by line. */
function parseBlock(
  { line, texts, tooLong }: RowBlock,
  delimiter: string,
  holdsEntry: (cells: readonly string[]) => boolean,
): CsvRow[] {
  const text = texts.join('\n');
  if (tooLong) return [{ line, fault: TOO_LONG, text }];
  const cells = parseRow(text, delimiter);
  // Somebody's whole row inside a cell of somebody else: two stray quotes, and everybody between them.
  const swallows = texts.slice(1, -1).some((inner) => {
    const row = parseRow(inner, delimiter);
    return row !== null && row.length > 1 && row.length === cells?.length && holdsEntry(row);
  });
  if (cells !== null && !swallows) return [{ line, cells }];
  if (texts.length === 1) return [{ line, fault: 'has a stray quote', text: excerpt(text) }];
  const lines = texts.map((one, index) => ({ line: line + index, texts: [one], tooLong: false }));
  return lines.filter(isNotBlank).flatMap((block) => parseBlock(block, delimiter, holdsEntry));
}

function isNotBlank(block: RowBlock): boolean {
  return block.texts.some((text) => text.trim() !== '');
}

function isOneLine(block: RowBlock): boolean {
  return block.texts.length === 1 && !block.tooLong;
}

function joinTexts(blocks: readonly RowBlock[]): string {
  return blocks.map(({ texts }) => texts.join('\n')).join('\n');
}

function parseText(text: string, delimiter: string): string[][] | null {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      // A quote inside an unquoted cell (`5" pipe`, `Ann "Andy" Lee`) is a character like another.
      relax_quotes: true,
      trim: true,
    });
  } catch {
    // The parser's own message quotes the text, and with it addresses.
    return null;
  }
}

import { extname } from 'node:path';
import { excerpt, parseRosterEntry, type RosterLine, type TextSource } from '../core/roster-entry.ts';
import { looksLikeCsv, readCsv } from './csv.ts';
import { createFieldFinder, type FieldFinder } from './field.ts';
import { parseJsonItem } from './json.ts';
import { splitJsonItems } from './json-items.ts';
import { MAX_LINE_LENGTH, splitLines, TOO_LONG, type TextLine } from './lines.ts';
import { readText, rosterUnreadable } from './text.ts';

export interface RosterOptions {
  /** The column or property that holds the entries (ROSTER_COLUMN); null: one in a usual spelling. */
  readonly column: string | null;
  /** What `-` reads; the standard input of this process unless given. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

type RosterFormat = 'txt' | 'csv' | 'json' | 'jsonl';

const FORMATS: ReadonlyMap<string, RosterFormat> = new Map([
  ['.txt', 'txt'],
  ['.csv', 'csv'],
  ['.json', 'json'],
  ['.jsonl', 'jsonl'],
]);

/**
 * Reads a roster from its start to its end, in memory that does not grow with it (I11).
 *
 * Gives one line per entry, rejected ones included, in the order of the file and without looking for
 * duplicates. A roster without any line is no error here: the caller has the counts.
 *
 * @throws ROSTER_UNREADABLE, at the first line or, where a file breaks off, after some: what was read
 * by then must not count as the roster.
 */
export async function* openRoster(source: TextSource, options: RosterOptions): AsyncGenerator<RosterLine> {
  const { column, stdin = process.stdin } = options;
  const findField = createFieldFinder(column);
  const text = readText(source, stdin);
  try {
    const start = await readFirstLine(text);
    const format = source.kind === 'file' ? formatOf(source) : sniffFormat(start.firstLine, findField);
    if (format === 'txt' && column !== null) {
      throw rosterUnreadable(source, 'is a plain list without columns: unset ROSTER_COLUMN, or give a .csv');
    }
    const pieces = continueFrom(start.read, text);
    for await (const lines of readFormat(format, source, pieces, findField, column)) yield* lines;
  } finally {
    // An early end of any kind closes the file.
    await text.return(undefined);
  }
}

/** A file that is missing or no text at all has been told so by now, whatever its name. */
function formatOf(source: TextSource & { kind: 'file' }): RosterFormat {
  const extension = extname(source.path).toLowerCase();
  const format = FORMATS.get(extension);
  if (format !== undefined) return format;
  const seen = extension === '' ? 'has no extension' : `ends in ${extension}`;
  throw rosterUnreadable(source, `${seen}: expected ${[...FORMATS.keys()].join(', ')}`);
}

function sniffFormat(firstLine: string, findField: FieldFinder): RosterFormat {
  if (firstLine.startsWith('[')) return 'json';
  if (firstLine.startsWith('{')) return 'jsonl';
  if (firstLine.startsWith('#')) return 'txt';
  return looksLikeCsv(firstLine, findField) ? 'csv' : 'txt';
}

/** Reads until the first line that is not blank is there. A line without end is not waited for. */
async function readFirstLine(
  text: AsyncIterator<string>,
): Promise<{ readonly firstLine: string; readonly read: string }> {
  let read = '';
  let lines: string[] = [];
  for (let piece = await text.next(); piece.done !== true; piece = await text.next()) {
    read += piece.value;
    lines = read.trimStart().split(/[\r\n]/, 2);
    if (lines.length > 1 || read.length > MAX_LINE_LENGTH) break;
  }
  return { firstLine: lines[0] ?? '', read };
}

async function* continueFrom(read: string, text: AsyncIterable<string>): AsyncGenerator<string> {
  yield read;
  yield* text;
}

async function* readFormat(
  format: RosterFormat,
  source: TextSource,
  pieces: AsyncIterable<string>,
  findField: FieldFinder,
  column: string | null,
): AsyncGenerator<RosterLine[]> {
  switch (format) {
    case 'txt':
      for await (const lines of splitLines(pieces)) yield lines.filter(isEntry).map(parseTextLine);
      return;
    case 'jsonl':
      for await (const lines of splitLines(pieces)) {
        yield lines.filter(isNotBlank).map((line) => parseJsonItem(line, findField, column));
      }
      return;
    case 'json':
      for await (const items of splitJsonItems(source, pieces)) {
        yield items.map((item) => parseJsonItem(item, findField, column));
      }
      return;
    case 'csv':
      yield* readCsv(source, splitLines(pieces), findField, column);
  }
}

/** A `#` after a space only: one inside a word may belong to an address. */
const TRAILING_COMMENT = /\s#.*$/s;

function isNotBlank({ text }: TextLine): boolean {
  return text.trim() !== '';
}

function isEntry(line: TextLine): boolean {
  return isNotBlank(line) && !line.text.trimStart().startsWith('#');
}

function parseTextLine({ line, text, tooLong }: TextLine): RosterLine {
  if (tooLong) return { line, ok: false, reason: TOO_LONG, text };
  const parsed = parseRosterEntry(text.replace(TRAILING_COMMENT, ''), 'email');
  return parsed.ok
    ? { line, ...parsed }
    : { line, ok: false, reason: parsed.reason, text: excerpt(text.trim()) };
}

import { excerpt, parseRosterEntry, type RosterLine, type TextSource } from '../core/roster-entry.ts';
import { DELIMITERS, groupRows, parseRow, parseRows, type CsvRow, type RowBlock } from './csv-rows.ts';
import type { Field, FieldFinder } from './field.ts';
import type { TextLine } from './lines.ts';
import { rosterUnreadable } from './text.ts';

/** How a file is laid out, as its first row tells. */
interface CsvLayout {
  readonly delimiter: string;
  readonly field: Field;
  readonly name: string;
  /** Without a header the first row is an entry like the others. */
  readonly hasHeader: boolean;
}

/**
 * Reads the rows of a CSV file: one entry per row, from one column.
 *
 * @throws ROSTER_UNREADABLE where the first row does not tell which column that is.
 */
export async function* readCsv(
  source: TextSource,
  lists: AsyncIterable<TextLine[]>,
  findField: FieldFinder,
  column: string | null,
): AsyncGenerator<RosterLine[]> {
  let layout: CsvLayout | null = null;
  for await (const blocks of groupRows(lists)) {
    let rows = blocks;
    if (layout === null) {
      const [first] = blocks;
      if (first === undefined) continue;
      layout = detectLayout(source, first, findField, column);
      if (layout.hasHeader) rows = blocks.slice(1);
    }
    const { delimiter, field, name } = layout;
    const holdsEntry = (cells: readonly string[]) =>
      parseRosterEntry(cells[field.index] ?? '', field.kind).ok;
    yield parseRows(rows, delimiter, holdsEntry).flatMap((row) => readRow(row, field, name) ?? []);
  }
}

/** Whether a first line is that of a CSV file rather than of a plain list of addresses. */
export function looksLikeCsv(firstLine: string, findField: FieldFinder): boolean {
  return DELIMITERS.some((delimiter) => {
    const cells = parseRow(firstLine, delimiter) ?? [];
    return cells.length > 1 || firstLine.startsWith('"') || findField(cells) !== null;
  });
}

function detectLayout(
  source: TextSource,
  first: RowBlock,
  findField: FieldFinder,
  column: string | null,
): CsvLayout {
  let widest: readonly string[] = [];
  for (const delimiter of DELIMITERS) {
    const cells = parseRow(first.texts.join('\n'), delimiter) ?? [];
    if (cells.length > widest.length) widest = cells;
    const field = findField(cells);
    if (field === 'ambiguous') {
      throw rosterUnreadable(source, 'has two columns of one name for the addresses: rename one of them');
    }
    if (field !== null) return { delimiter, field, name: cells[field.index] ?? '', hasHeader: true };
    if (column === null && parseRosterEntry(cells[0] ?? '', 'email').ok) {
      return { delimiter, field: { index: 0, kind: 'email' }, name: '', hasHeader: false };
    }
  }
  throw rosterUnreadable(source, describeUnknownColumn(first.line, widest, column));
}

function describeUnknownColumn(line: number, cells: readonly string[], column: string | null): string {
  // Without a header the first row may hold somebody's address.
  const names = cells.map((cell) => (cell.includes('@') ? '…' : excerpt(cell))).join(', ');
  return column === null
    ? `does not say which column holds the addresses: line ${line} has ${names}. Name one with ROSTER_COLUMN`
    : `has no column ${column} (ROSTER_COLUMN): line ${line} has ${names}`;
}

/** Null for a row of empty cells, which spreadsheets leave behind. */
function readRow(row: CsvRow, field: Field, name: string): RosterLine | null {
  const { line } = row;
  if ('fault' in row) return { line, ok: false, reason: row.fault, text: row.text };
  const cell = row.cells[field.index];
  if (cell === undefined || cell === '') {
    if (row.cells.every((other) => other === '')) return null;
    const place = name === '' ? `column ${field.index + 1}` : `column ${name}`;
    return { line, ok: false, reason: `has nothing in ${place}`, text: '' };
  }
  const parsed = parseRosterEntry(cell, field.kind);
  return parsed.ok ? { line, ...parsed } : { line, ok: false, reason: parsed.reason, text: excerpt(cell) };
}

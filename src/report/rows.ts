import { stringify } from 'csv-stringify/sync';
import { printable } from '../core/printable.ts';

/** Where cell values may begin a formula; some spreadsheets also cut cells at semicolons and line ends. */
const FORMULA = /(^|[;\t\r\n])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** Makes text that no terminal obeys and no spreadsheet takes for a formula. */
export function csvText(text: string): string {
  return printable(text).replaceAll(FORMULA, "$1'$2");
}

/**
 * Rows as CSV for a spreadsheet: in UTF-8 with a byte order mark, since spreadsheets guess wrong without one; text
 * made printable; cells that a spreadsheet would take for a formula begin with an apostrophe. Lists are joined by
 * `, `; objects are JSON.
 */
export async function* formatCsv<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  yield `\uFEFF${stringify([columns])}`;
  for await (const row of rows) yield stringify([columns.map((column) => csvText(cellOf(row[column])))]);
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(String).join(', ');
  return JSON.stringify(value);
}

/**
 * Rows as one JSON array, a row a line. Characters that could drive a terminal are written as escapes, which changes
 * nothing for whoever parses it. An array that does not end was cut off.
 */
export async function* formatJson<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  let before = '[\n';
  for await (const row of rows) {
    yield before + escapeJson(JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name]]))));
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

const DRIVES_TERMINALS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeJson(json: string): string {
  return json.replaceAll(DRIVES_TERMINALS, (character) =>
    // One escape for each half of a character beyond the first 65,536.
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

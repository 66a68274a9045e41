import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import type { Canary } from '../core/canary.ts';
import type { Scope } from '../core/change.ts';
import { SyncError } from '../core/errors.ts';
import { parseRosterEntry } from '../core/roster-entry.ts';
import { DELIMITERS } from './csv-rows.ts';
import { createFieldFinder, type Field } from './field.ts';

/** Unlike a roster the file is read whole: canaries are few, or they would be no canaries. */
const MOST_CANARIES = 1_000;
const MOST_FAULTS = 20;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Where each column is; -1: there is none. */
interface Columns {
  readonly entry: Field;
  readonly role: number;
  readonly bot: number;
  readonly scope: number;
}

/**
 * Reads a file of canaries: CSV with a header, a column of addresses or org user ids in a usual spelling, and
 * any of `role`, `bot` and `scope`. One expectation per row; somebody with several roles has several rows.
 *
 * @throws CANARIES_UNREADABLE with every fault and its line: a canary left out by mistake would watch nothing.
 */
export async function readCanaries(path: string): Promise<readonly Canary[]> {
  const [header, ...rows] = parseRows(path, await readText(path));
  if (header === undefined) throw unreadable(path, ['it is empty; expected a header such as email,role,bot']);
  const columns = findColumns(header.cells);
  if (typeof columns === 'string') throw unreadable(path, [`line ${header.line} ${columns}`]);
  const canaries: Canary[] = [];
  const faults: string[] = [];
  for (const row of rows) {
    const canary = readCanary(row, columns);
    if (typeof canary === 'string') faults.push(`line ${row.line} ${canary}`);
    else canaries.push(canary);
  }
  if (rows.length === 0) faults.push('it has no canary below its header');
  if (rows.length > MOST_CANARIES)
    faults.push(`it has ${rows.length} canaries; expected ${MOST_CANARIES} at most`);
  if (faults.length > 0) throw unreadable(path, faults);
  return canaries;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw unreadable(
      path,
      [code === 'ENOENT' ? 'it does not exist' : `it could not be read (${code})`],
      error,
    );
  }
}

/** The delimiter is the one that parts the first line most often. */
function parseRows(path: string, text: string): readonly Row[] {
  const firstLine = /^.*\S.*$/m.exec(text)?.[0] ?? '';
  const [delimiter] = DELIMITERS.toSorted((a, b) => firstLine.split(b).length - firstLine.split(a).length);
  try {
    const rows: Row[] = [];
    parse(text, {
      bom: true,
      delimiter: delimiter ?? ',',
      on_record: (cells: string[], { lines }) => {
        rows.push({ line: lines, cells });
        return null;
      },
      relax_column_count: true,
      skip_records_with_empty_values: true,
      trim: true,
    });
    return rows;
  } catch (error) {
    // The parser's own message quotes the text, and with it addresses.
    const line = error instanceof CsvError && typeof error['lines'] === 'number' ? error['lines'] : null;
    throw unreadable(path, [
      line === null ? 'it is not CSV' : `line ${line} is not CSV: a quote is stray or open`,
    ]);
  }
}

/** The columns, or what is wrong with them. */
function findColumns(names: readonly string[]): Columns | string {
  const entry = createFieldFinder(null)(names);
  if (entry === null) return 'names no column of addresses, such as email, or of org user ids';
  if (entry === 'ambiguous') return 'has two columns of one name for the addresses: rename one of them';
  const keys = names.map((name) => name.toLowerCase());
  const others = keys.filter(
    (key, index) => index !== entry.index && !['role', 'bot', 'scope'].includes(key),
  );
  if (others.length > 0) return `has an unknown column; expected role, bot and scope beside the address`;
  return { entry, role: keys.indexOf('role'), bot: keys.indexOf('bot'), scope: keys.indexOf('scope') };
}

/** The canary, or what is wrong with it, without the address. */
function readCanary({ line, cells }: Row, columns: Columns): Canary | string {
  const cell = (index: number): string | null => cells[index] || null;
  const entry = parseRosterEntry(cell(columns.entry.index) ?? '', columns.entry.kind);
  if (!entry.ok) return `has an address that ${entry.reason}`;
  const [role, bot, scope] = [cell(columns.role), cell(columns.bot), parseScope(cell(columns.scope))];
  if (scope === undefined) return 'has a scope that is neither admin nor bot';
  if (role === null && (bot !== null || scope !== null)) return 'says where, but no role';
  if (bot !== null && scope === 'admin') return 'has a bot, but roles of scope admin are on no bot';
  return { line, entry: entry.entry, kind: entry.kind, role, bot, scope };
}

/** `undefined` for what is no scope. */
function parseScope(text: string | null): Scope | null | undefined {
  if (text === null) return null;
  const scope = text.toLowerCase();
  return scope === 'admin' || scope === 'bot' ? scope : undefined;
}

function unreadable(path: string, faults: readonly string[], cause?: unknown): SyncError {
  const others = faults.length - MOST_FAULTS;
  const shown = others > 0 ? [...faults.slice(0, MOST_FAULTS), `and ${others} more`] : faults;
  return new SyncError(
    'CANARIES_UNREADABLE',
    `The file of canaries ${path} (CANARIES) cannot be used: ${shown.join('; ')}`,
    { cause },
  );
}

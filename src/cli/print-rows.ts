import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { Option } from 'commander';
import { describeRows, type Column } from '../report/columns.ts';
import { formatCsv, formatJson } from '../report/rows.ts';
import { isClosedPipe, printLine, type Terminal } from './output.ts';

export type RowFormat = 'table' | 'json' | 'csv';

export function formatOption(): Option {
  return new Option('--format <format>', 'table, json (one array) or csv')
    .choices(['table', 'json', 'csv'])
    .default('table');
}

/** Rows and how to show them. Not a row more is taken from `rows` than can be written. */
export interface Listing<Row> {
  /** What the rows are and how certain: above a table, else on standard error. */
  readonly caption: readonly string[];
  readonly rows: AsyncIterable<Row>;
  /** The columns of JSON and CSV, in their order. */
  readonly keys: readonly (keyof Row & string)[];
  readonly columns: readonly Column<Row>[];
  /** What a table without rows says instead. */
  readonly empty: string;
}

const PIPED_WIDTH = 80;

export async function printRows<Row extends object>(
  { stdout, stderr }: Terminal,
  format: RowFormat,
  listing: Listing<Row>,
): Promise<void> {
  if (format !== 'table') for (const line of listing.caption) printLine(stderr, line);
  await writeText(stdout, toText(format, listing, stdout.columns ?? PIPED_WIDTH));
}

function toText<Row extends object>(
  format: RowFormat,
  listing: Listing<Row>,
  width: number,
): AsyncGenerator<string> {
  switch (format) {
    case 'json':
      return formatJson(listing.keys, listing.rows);
    case 'csv':
      return formatCsv(listing.keys, listing.rows);
    case 'table':
      return describeListing(listing, width);
  }
}

async function* describeListing<Row>(
  { caption, rows, columns, empty }: Listing<Row>,
  width: number,
): AsyncGenerator<string> {
  yield caption.map((line) => `${line}\n`).join('');
  let isEmpty = true;
  for await (const line of describeRows(columns, rows, width)) {
    if (isEmpty) yield '\n';
    isEmpty = false;
    yield line;
  }
  if (isEmpty) yield `${empty}\n`;
}

/** A line at a time would be a system call for each row. */
const WRITTEN_AT_ONCE = 16_384;

/**
 * Writes text as fast as it is read, holding little of it. Somebody who stops reading, as `head` does, has seen
 * enough: that is no failure.
 */
export async function writeText(stream: Writable, texts: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(gather(texts), { highWaterMark: 1 }), stream, { end: false });
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
  }
}

async function* gather(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < WRITTEN_AT_ONCE) continue;
    yield gathered;
    gathered = '';
  }
  if (gathered !== '') yield gathered;
}

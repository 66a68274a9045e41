import stringWidth from 'string-width';
import { printable } from '../core/printable.ts';

export interface Column<Row> {
  readonly title: string;
  /** Several are lines of their own. */
  readonly text: (row: Row) => string | readonly string[];
}

/** Its lines, before any is broken. */
type Cell = readonly string[];

const GAP = '  ';
/** How many rows to look at before the widths are settled; the rest follows as it comes. */
const SAMPLE = 200;
/** Below that a column cannot be read; a narrower terminal wraps the lines itself. */
const NARROWEST = 6;

/**
 * Rows as lines of a table, `width` columns of a terminal wide: what is longer goes on in the line below, so nothing
 * is left out. Text is made printable. Holds `SAMPLE` rows at most.
 */
export async function* describeRows<Row>(
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row>,
  width: number,
): AsyncGenerator<string> {
  const titles = columns.map(({ title }) => [title]);
  let sample: Cell[][] | null = [];
  let widths: readonly number[] = [];
  const settle = function* (cells: readonly Cell[][]): Generator<string> {
    widths = fitWidths([titles, ...cells], width);
    yield describeLine(titles, widths);
    yield `${widths.map((n) => '─'.repeat(n)).join(GAP)}\n`;
    for (const line of cells) yield describeLine(line, widths);
  };
  for await (const row of rows) {
    const cells = columns.map(({ text }) => [text(row)].flat().map(printable));
    if (sample === null) {
      yield describeLine(cells, widths);
    } else if (sample.push(cells) === SAMPLE) {
      yield* settle(sample);
      sample = null;
    }
  }
  if (sample !== null && sample.length > 0) yield* settle(sample);
}

/** Each column as wide as its widest cell, where that fits; else the widest give way. */
export function fitWidths(lines: readonly (readonly Cell[])[], width: number): number[] {
  const count = lines[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(1, ...lines.flatMap((cells) => (cells[at] ?? []).map((text) => stringWidth(text)))),
  );
  const room = Math.max(width - GAP.length * (count - 1), NARROWEST * count);
  for (let excess = widths.reduce((sum, n) => sum + n, 0) - room; excess > 0; excess -= 1) {
    const widest = Math.max(...widths);
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function describeLine(cells: readonly Cell[], widths: readonly number[]): string {
  const wrapped = cells.map((cell, at) => cell.flatMap((text) => wrapText(text, widths[at] ?? NARROWEST)));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, row) =>
    wrapped
      .map((cell, at) => {
        const text = cell[row] ?? '';
        return text + ' '.repeat(Math.max(0, (widths[at] ?? 0) - stringWidth(text)));
      })
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Breaks at spaces; a word that is longer than a line is broken where the line ends. Never empty. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (stringWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const { segment } of CHARACTERS.segment(word)) {
      if (line !== '' && stringWidth(line + segment) > width) {
        lines.push(line);
        line = '';
      }
      line += segment;
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { describeRows, fitWidths, wrapText, type Column } from '../../src/report/columns.ts';

type Row = readonly string[];

const column = (title: string, at: number): Column<Row> => ({ title, text: (row) => row[at] ?? '' });
const TWO = [column('Who', 0), column('What', 1)];

async function render(rows: readonly Row[], width = 80): Promise<string> {
  return text(describeRows(TWO, streamOf(rows), width));
}

async function* streamOf<T>(rows: Iterable<T>): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

describe('a table', () => {
  test('is as wide as it needs to be', async () => {
    expect(await render([['ann', 'granted Tester']])).toBe(
      ['Who  What', '───  ──────────────', 'ann  granted Tester', ''].join('\n'),
    );
  });

  test('goes on in the line below rather than leave anything out', async () => {
    expect(await render([['ann@example.com', 'granted Tester on Leave']], 24)).toBe(
      [
        'Who          What',
        '───────────  ───────────',
        'ann@example  granted',
        '.com         Tester on',
        '             Leave',
        '',
      ].join('\n'),
    );
  });

  test('without rows is nothing', async () => {
    expect(await render([])).toBe('');
  });

  test('says as much of the last of many rows as of the first', async () => {
    const rows = Array.from({ length: 450 }, (_, n): Row => [`user ${n}`, 'here']);
    const lines = (await render(rows)).trimEnd().split('\n');
    expect(lines).toHaveLength(452);
    expect(lines.at(-1)).toBe('user 449  here');
  });

  test('takes two columns of a terminal for a wide character, none for an accent', async () => {
    expect(
      await render([
        ['山田', 'x'],
        ['e\u0301', 'y'],
      ]),
    ).toBe(['Who   What', '────  ────', '山田  x', 'e\u0301     y', ''].join('\n'));
  });

  test('shows what would drive a terminal, and stays in line', async () => {
    const shown = await render([['a\u001b[2J\nb', '\u202egnp']]);
    expect(shown.split('\n')[2]).toBe(String.raw`a\u{1b}[2J\u{a}b  \u{202e}gnp`);
  });

  test('is never wider than the terminal, and loses nothing but spaces where it breaks', () => {
    const words = fc.stringMatching(/^[a-z 山😀]{0,60}$/u);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 20, max: 60 }),
        (rows, width) => {
          const widths = fitWidths(
            rows.map((row) => row.map((cell) => [cell])),
            width,
          );
          expect(widths.reduce((sum, n) => sum + n, 2)).toBeLessThanOrEqual(width);
          for (const [at, n] of widths.entries()) {
            for (const row of rows) {
              const lines = wrapText(row[at] ?? '', n);
              // A wide character is wider than a column of one.
              for (const line of lines)
                expect(stringWidth(line.trimEnd())).toBeLessThanOrEqual(Math.max(2, n));
              expect(lines.join('').replaceAll(' ', '')).toBe((row[at] ?? '').replaceAll(' ', ''));
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('holds no more rows than it looks at to settle its widths', async () => {
    let taken = 0;
    async function* count(): AsyncGenerator<Row> {
      for (let n = 0; n < 1_000; n += 1) {
        taken += 1;
        yield await Promise.resolve(['ann', 'x']);
      }
    }
    let shown = -2;
    for await (const line of describeRows(TWO, count(), 80)) {
      shown += line === '' ? 0 : 1;
      expect(taken - shown).toBeLessThanOrEqual(202);
    }
    expect(shown).toBe(1_000);
  });
});

import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvText, formatCsv, formatJson } from '../../src/report/rows.ts';

interface Row {
  readonly name: unknown;
  readonly more: unknown;
}

const HOSTILE = [
  '=HYPERLINK("http://x","y")',
  '<script>alert(1)</script>',
  '\u202egnp',
  'a\nb',
  '\u001b[2J',
  '+1',
  '@x',
  '-1',
];

async function* streamOf<T>(rows: Iterable<T>): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

async function textOf(
  format: typeof formatCsv<Row> | typeof formatJson<Row>,
  rows: readonly Row[],
): Promise<string> {
  return text(format(['name', 'more'], streamOf(rows)));
}

const rowsOf = (csv: string): string[][] => parse(csv, { bom: true });

describe('JSON', () => {
  test('is one array, a row a line, with the columns that were named, in their order', async () => {
    const rows = [
      { more: null, name: 'ann', secret: 1 },
      { more: { direct: true }, name: 'bob' },
    ];
    expect(await textOf(formatJson, rows)).toBe(
      '[\n{"name":"ann","more":null},\n{"name":"bob","more":{"direct":true}}\n]\n',
    );
    expect(await textOf(formatJson, [])).toBe('[]\n');
  });

  test('gives back every text as it was, and drives no terminal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary-ascii', maxLength: 8 }),
            fc.constantFrom(...HOSTILE, '\u{e0001}', '\u0085', '\u2028'),
          ),
        ),
        async (names) => {
          const written = await textOf(
            formatJson,
            names.map((name) => ({ name, more: [name] })),
          );
          expect(JSON.parse(written)).toEqual(names.map((name) => ({ name, more: [name] })));
          expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('CSV', () => {
  test('begins with a byte order mark and the names of the columns, and has a line for each row', async () => {
    const written = await textOf(formatCsv, [
      { name: 'Ann, "the" one', more: ['Sales', 'HR'] },
      { name: null, more: { direct: true, via_groups: [] } },
      { name: true, more: 3 },
    ]);
    expect(written.startsWith('\uFEFFname,more\n')).toBe(true);
    expect(rowsOf(written).slice(1)).toEqual([
      ['Ann, "the" one', 'Sales, HR'],
      ['', '{"direct":true,"via_groups":[]}'],
      ['true', '3'],
    ]);
  });

  test.each([
    ['=HYPERLINK("http://x")', `'=HYPERLINK("http://x")`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "'  =1"],
    ['＝1', "'＝1"],
    ['\t=1', String.raw`\u{9}=1`],
    ['\r=1', String.raw`\u{d}=1`],
    // A spreadsheet that cuts cells at semicolons would begin another one here.
    ['x;=1', "x;'=1"],
    ['a=b', 'a=b'],
    ['ann@example.com', 'ann@example.com'],
    ['2026-03-03', '2026-03-03'],
  ])('shows %j as %j', (text, shown) => {
    expect(csvText(text)).toBe(shown);
  });

  test('has no cell that a spreadsheet runs, wherever it cuts them, and drives no terminal', async () => {
    const texts = fc.stringMatching(/^[=+\-@;, \t\r\n"'ax\u202e\uff1d]{0,8}$/u);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(texts, texts)), async (pairs) => {
        const written = await textOf(
          formatCsv,
          pairs.map(([name, more]) => ({ name, more: [more] })),
        );
        const rows = rowsOf(written);
        expect(rows).toHaveLength(pairs.length + 1);
        for (const cell of rows.flat()) {
          for (const part of cell.split(/[;\t\r\n]/)) expect(part).not.toMatch(/^\s*[=+\-@\uff1d]/);
        }
        expect(written.slice(1).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 50 },
    );
  });
});

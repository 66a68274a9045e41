import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_LENGTH, splitLines, type TextLine } from '../../src/roster/lines.ts';
import { collect } from './read-roster.ts';

const LONG = MAX_LINE_LENGTH + 1;

// eslint-disable-next-line @typescript-eslint/require-await -- an async iterable is what a stream is
async function* piecesOf(...pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

async function split(...pieces: readonly string[]): Promise<TextLine[]> {
  return (await collect(splitLines(piecesOf(...pieces)))).flat();
}

describe('a text in pieces', () => {
  it('has the same lines wherever it is cut', async () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n') });
    await fc.assert(
      fc.asyncProperty(fc.array(anyText), async (pieces) => {
        const expected = pieces.join('').split(/\r\n|\n|\r/);
        if (expected.at(-1) === '') expected.pop();
        expect((await split(...pieces)).map(({ text }) => text)).toEqual(expected);
      }),
    );
  });

  it.each([
    ['in the middle', ['start', 'x'.repeat(LONG), 'y'.repeat(LONG), 'z\nb']],
    ['before a CR', ['start', 'x'.repeat(LONG), 'y'.repeat(LONG), '\r', 'b']],
    ['inside a CRLF', [`start${'x'.repeat(LONG)}\r`, '\nb']],
    ['after a CR', [`start${'x'.repeat(LONG)}\r`, 'b']],
    ['nowhere', [`start${'x'.repeat(LONG)}\nb`]],
  ])('keeps only the start of a line that is too long, cut %s', async (_name, pieces) => {
    const lines = await split(...pieces);
    expect(lines).toEqual([
      { line: 1, text: expect.stringMatching(/^start.*…$/) as unknown, tooLong: true }, // vitest types matchers as any
      { line: 2, text: 'b', tooLong: false },
    ]);
    expect(lines[0]?.text).toHaveLength(120);
  });

  it.each([['x'], ['']])('may end with a line that is too long, then %j', async (end) => {
    expect(await split('x'.repeat(LONG), end)).toMatchObject([{ line: 1, tooLong: true }]);
  });
});

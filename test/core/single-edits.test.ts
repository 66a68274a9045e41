import fc from 'fast-check';
import { distance } from 'fastest-levenshtein';
import { describe, expect, test } from 'vitest';
import { listSingleEdits } from '../../src/core/single-edits.ts';

describe('the texts one slip away', () => {
  test('are those with a character left out, swapped, wrong or too many, at either end as well', () => {
    const edits = listSingleEdits('ann@x');
    const slips = ['nn@x', 'ann@', 'nan@x', 'an@nx', 'bnn@x', 'ann@y', 'aann@x', 'ann@xy', 'a.nn@x'];
    expect(edits).toEqual(expect.arrayContaining(slips));
    expect(edits).not.toContain('ann@x');
    expect(edits).not.toContain('bob@x');
  });

  test('are never farther than a swap, each is there once, and they are few', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8, unit: 'grapheme' }), (text) => {
        const edits = listSingleEdits(text);
        expect(new Set(edits).size).toBe(edits.length);
        expect(edits.length).toBeLessThan(100 * (Array.from(text).length + 1));
        // Counted in halves of characters: one that needs two counts twice, and a swap is two.
        expect(edits.filter((edit) => distance(edit, text) > 4)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { describeUnknown, findNear } from '../../src/cli/suggestion.ts';

describe('a suggestion', () => {
  test('is what is nearest, without regard to case, three at most', () => {
    const words = ['Bot Tester', 'Bot Owner', 'Tester', 'Publisher', 'tester 2', 'Testers'];
    expect(findNear('bot testr', words)).toEqual(['Bot Tester']);
    expect(findNear('TESTER', words)).toEqual(['Tester', 'Bot Tester', 'Testers']);
  });

  test('is not made where nothing is near', () => {
    expect(findNear('Auditor', ['Bot Tester', ''])).toEqual([]);
    expect(describeUnknown('There is none.', [])).toBe('There is none.');
  });

  test('drives no terminal', () => {
    expect(describeUnknown('No.', ['a\u001b[2J', 'b\u202e'])).toBe(
      String.raw`No. Did you mean 'a\u{1b}[2J' or 'b\u{202e}'?`,
    );
  });
});

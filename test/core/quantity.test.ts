import { expect, test } from 'vitest';
import { count, describeShare, quantity } from '../../src/core/quantity.ts';

test.each([
  [0, '0'],
  [1, '1'],
  [999, '999'],
  [1_204, '1,204'],
  [1_000_000, '1,000,000'],
])('%i is written %s', (value, text) => {
  expect(count(value)).toBe(text);
});

test.each([
  [0, '0 roles'],
  [1, '1 role'],
  [2, '2 roles'],
  [1_204, '1,204 roles'],
])('one is told from many: %i', (number, text) => {
  expect(quantity(number, 'role')).toBe(text);
});

test('a word whose plural takes more than an s brings it along', () => {
  expect([1, 2].map((number) => quantity(number, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
});

test.each([
  [0, '0.0%'],
  [0.5, '50.0%'],
  [0.98765, '98.7%'],
  [1, '100.0%'],
  [null, 'unknown'],
])('the share %d is shown as %s', (share, text) => {
  expect(describeShare(share)).toBe(text);
});

test('nearly all is never shown as all', () => {
  expect(describeShare(0.999_999)).toBe('99.9%');
});

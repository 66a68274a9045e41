import { expect, test } from 'vitest';
import { maskText } from '../../src/kore/masked-text.ts';

test('words of a server are cut to their length, but never in the middle of a character', () => {
  // A character outside the basic plane is two units long, and one of these lengths falls between them.
  for (const before of ['', 'a']) {
    const text = maskText(before + '𐀀 '.repeat(100), 50);
    expect(text).toMatch(/^a?(𐀀 )+𐀀?…$/u);
    expect(text.length).toBeLessThanOrEqual(50);
  }
});

test('half a character that a server sends is left out', () => {
  expect(maskText('no \ud800 user')).toBe('no  user');
});

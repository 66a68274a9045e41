import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeEmail } from '../../src/core/email.ts';

test.each([
  ['  Jane.Doe@Example.COM\t', 'jane.doe@example.com'],
  ["Shaun.O'Neil+kore@example.com", "shaun.o'neil+kore@example.com"],
  ['JÜRGEN@EXAMPLE.COM', 'jürgen@example.com'],
  ['ju\u0308rgen@example.com', 'jürgen@example.com'],
  ['ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'jane@example.com'],
  ['ｶﾞ@example.com', 'ガ@example.com'],
  ['\u3000jane@example.com\u3000', 'jane@example.com'],
])('%j is the address %j', (spelling, normal) => {
  expect(normalizeEmail(spelling)).toBe(normal);
});

test.each([
  ['ﬁona@example.com', 'fiona@example.com'],
  ['jane²@example.com', 'jane2@example.com'],
  ['straße@example.com', 'strasse@example.com'],
])('%j and %j stay two people', (one, other) => {
  expect(normalizeEmail(one)).not.toBe(normalizeEmail(other));
});

test('normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(normalizeEmail(normalizeEmail(text))).toBe(normalizeEmail(text));
    }),
  );
});

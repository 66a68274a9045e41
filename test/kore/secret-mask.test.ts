import { describe, expect, test } from 'vitest';
import { createSecretMask } from '../../src/kore/secret-mask.ts';

const SECRET = 'a"b\\c/d+e=ü%';
const mask = createSecretMask([SECRET]);

describe('I8: a secret is taken out of a text', () => {
  test.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ msg: `no ${SECRET}` })],
    ['in JSON of ASCII alone', '{"msg":"no a\\"b\\\\c/d+e=\\u00fc%"}'],
    ['in JSON with escaped slashes', '{"msg":"no a\\"b\\\\c\\/d+e=ü%"}'],
    ['in JSON with both', '{"msg":"no a\\"b\\\\c\\/d+e=\\u00fc%"}'],
    ['in an address', `https://login.example.com/?secret=${encodeURIComponent(SECRET)}`],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
  ])('%s', (_, text) => {
    expect(mask(text)).toContain('[masked]');
    expect(mask(text)).not.toContain('a"b');
    expect(mask(text)).not.toContain('a\\"b');
  });

  test('wherever it stands, and as often', () => {
    expect(mask(`${SECRET}x${SECRET}`)).toBe('[masked]x[masked]');
  });

  test('unless it is too short to be one', () => {
    expect(createSecretMask(['secret'])('a secret is a secret')).toBe('a secret is a secret');
  });

  test('and JSON stays JSON', () => {
    expect(JSON.parse(mask(JSON.stringify([SECRET, 1])))).toEqual(['[masked]', 1]);
  });
});

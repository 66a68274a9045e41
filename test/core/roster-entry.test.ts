import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, parseRosterEntry } from '../../src/core/roster-entry.ts';

describe('an email address', () => {
  it.each([
    ['jane.doe@example.com', 'jane.doe@example.com'],
    ["miles.o'brien@example.com", "miles.o'brien@example.com"],
    ['jane+kore@example.com', 'jane+kore@example.com'],
    ['josé.müller@exämple.de', 'josé.müller@exämple.de'],
    ['山田@例え.jp', '山田@例え.jp'],
    ['jane@intranet', 'jane@intranet'],
    ['first..last.@example.com', 'first..last.@example.com'],
    ['jane@[10.0.0.1]', 'jane@[10.0.0.1]'],
  ])('is taken as it is: %s', (text, entry) => {
    expect(parseRosterEntry(text, 'email')).toEqual({ ok: true, entry, kind: 'email' });
  });

  it.each([
    ['  Jane.Doe@EXAMPLE.com\t', 'jane.doe@example.com'],
    ['\u00a0jane@example.com\u3000', 'jane@example.com'],
    ['Ｊａｎｅ＠example．com', 'jane@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
  ])('loses differences that mean nothing: %j', (text, entry) => {
    expect(parseRosterEntry(text, 'email')).toEqual({ ok: true, entry, kind: 'email' });
  });

  it.each([
    ['', 'is empty'],
    [' \t ', 'is empty'],
    ['jane.doe', 'is not an email address: it has no @'],
    ['jane@doe@example.com', 'is not one email address: it has more than one @'],
    ['a@example.com,b@example.com', 'is not one email address: it has more than one @'],
    ['jane doe@example.com', 'holds a space'],
    ['jane\u3000doe@example.com', 'holds a space'],
    ['jane\u0000@example.com', 'holds a control or invisible character, U+0000'],
    ['jane@exam\u200bple.com', 'holds a control or invisible character, U+200B'],
    ['jane@example.com\u001b[31m', 'holds a control or invisible character, U+001B'],
    ['jane\ud800@example.com', 'holds a control or invisible character, U+D800'],
    ['j\ufffdne@example.com', 'is not valid UTF-8'],
    ['@example.com', 'has nothing before the @'],
    ['jane@', 'has nothing after the @'],
    ['jane@.example.com', 'has a domain with an empty part: a dot too many'],
    ['jane@example..com', 'has a domain with an empty part: a dot too many'],
    ['jane@example.com.', 'has a domain with an empty part: a dot too many'],
    ['jane@example.com;', 'holds a character that no email address has: ;'],
    ['<jane@example.com>', 'holds a character that no email address has: <'],
    ['mailto:jane@example.com', 'holds a character that no email address has: :'],
    [`${'a'.repeat(243)}@example.com`, 'is longer than 254 characters'],
  ])('is rejected with what is wrong: %j', (text, reason) => {
    expect(parseRosterEntry(text, 'email')).toEqual({ ok: false, reason });
  });

  it('may be 254 characters long', () => {
    expect(parseRosterEntry(`${'a'.repeat(242)}@example.com`, 'email').ok).toBe(true);
  });
});

describe('an org user id', () => {
  it('keeps its letter case, which may mean something', () => {
    expect(parseRosterEntry(' u-575F-a_b ', 'org_user_id')).toEqual({
      ok: true,
      entry: 'u-575F-a_b',
      kind: 'org_user_id',
    });
  });

  it.each([
    ['', 'is empty'],
    ['jane@example.com', 'is not an org user id: it has an @'],
    ['u 575', 'is not an org user id: expected letters A to Z, digits, - and _ only'],
    ['u-575é', 'is not an org user id: expected letters A to Z, digits, - and _ only'],
    ['u-\ufffd', 'is not valid UTF-8'],
    ['u'.repeat(129), 'is longer than 128 characters'],
  ])('is rejected with what is wrong: %j', (text, reason) => {
    expect(parseRosterEntry(text, 'org_user_id')).toEqual({ ok: false, reason });
  });
});

describe('any text at all', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.emailAddress(),
    fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
      .map((parts) => parts.join('@')),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );
  const anyKind = fc.constantFrom('email' as const, 'org_user_id' as const);

  it('gives an entry or a reason, and an entry gives itself', () => {
    fc.assert(
      fc.property(anyText, anyKind, (text, kind) => {
        const parsed = parseRosterEntry(text, kind);
        if (!parsed.ok) return parsed.reason !== '';
        expect(parseRosterEntry(parsed.entry, kind)).toEqual(parsed);
        return true;
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same entry in upper case, where it has only ASCII letters', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        expect(parseRosterEntry(text.toUpperCase(), 'email')).toEqual(parseRosterEntry(text, 'email'));
      }),
    );
  });

  it('has an excerpt that is short, well-formed and without control characters', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 300 }), (text, times) => {
        const short = excerpt(text.repeat(times));
        expect(Array.from(short).length).toBeLessThanOrEqual(120);
        expect(short).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
      }),
    );
  });
});

it('an excerpt says that it is one', () => {
  expect(excerpt('a'.repeat(120))).toBe('a'.repeat(120));
  expect(excerpt('😀'.repeat(121))).toBe(`${'😀'.repeat(119)}…`);
});

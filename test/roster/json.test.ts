import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf, errorOf, readFileRoster, readStdinRoster } from './read-roster.ts';

describe('a .jsonl roster', () => {
  it('has a text or an object per line, each with its own kind of entry', async () => {
    const text = [
      '"Jane@example.com"',
      '',
      '{"id":1,"email":"bob@example.com"}\r',
      '{"name":"Ann","orgUserId":"u-3"}',
      '{"email":null,"mail":"","userPrincipalName":"eve@example.com"}',
    ].join('\n');
    expect(await readFileRoster('staff.jsonl', text)).toEqual([
      { line: 1, ok: true, entry: 'jane@example.com', kind: 'email' },
      { line: 3, ok: true, entry: 'bob@example.com', kind: 'email' },
      { line: 4, ok: true, entry: 'u-3', kind: 'org_user_id' },
      { line: 5, ok: true, entry: 'eve@example.com', kind: 'email' },
    ]);
  });

  it.each([
    ['{"email":', 'is not valid JSON'],
    ['jane@example.com', 'is not valid JSON'],
    ['42', 'is neither a text nor an object'],
    ['null', 'is neither a text nor an object'],
    ['["jane@example.com"]', 'is neither a text nor an object'],
    ['{"email":42}', 'has an address that is not a text'],
    ['{"Email":"a@example.com","email":"b@example.com"}', 'has two properties of that name'],
    [
      '{"phone":"1"}',
      'has no property that is known to hold an address (email, mail, userPrincipalName, …) or an orgUserId',
    ],
  ])('rejects %s with what is wrong', async (item, reason) => {
    expect(await readFileRoster('staff.jsonl', `${item}\n"jane@example.com"\n`)).toEqual([
      { line: 1, ok: false, reason, text: item },
      { line: 2, ok: true, entry: 'jane@example.com', kind: 'email' },
    ]);
  });

  it('reads the property that was named', async () => {
    const text =
      '{"email":"x@private.example","account":"jane@example.com"}\n{"email":"y@example.com"}\n"z@z"\n';
    expect(await readFileRoster('staff.jsonl', text, 'Account')).toMatchObject([
      { line: 1, entry: 'jane@example.com' },
      { line: 2, reason: 'has no property Account (ROSTER_COLUMN)' },
      { line: 3, reason: 'is a text, not an object with the property Account (ROSTER_COLUMN)' },
    ]);
  });

  it('is not confused by properties that objects have anyway', async () => {
    const [line] = await readFileRoster(
      'staff.jsonl',
      '{"__proto__":{"email":"x@example.com"},"toString":"y"}',
    );
    expect(line).toMatchObject({ ok: false, line: 1 });
  });
});

describe('a .json roster', () => {
  it('is a list of texts or objects, numbered by their position', async () => {
    const text = `[ "Jane@example.com",
      {"note": "a ] and a \\" and a } in a text", "tags": ["x", {"y": []}], "email": "bob@example.com"},
      "nobody", , 7]\n`;
    expect(await readFileRoster('staff.json', text)).toEqual([
      { line: 1, ok: true, entry: 'jane@example.com', kind: 'email' },
      { line: 2, ok: true, entry: 'bob@example.com', kind: 'email' },
      { line: 3, ok: false, reason: 'is not an email address: it has no @', text: 'nobody' },
      { line: 4, ok: false, reason: 'is not valid JSON', text: '' },
      { line: 5, ok: false, reason: 'is neither a text nor an object', text: '7' },
    ]);
  });

  it('may be an empty list, or nothing', async () => {
    expect(await readFileRoster('staff.json', '\ufeff [ ] \n')).toEqual([]);
    expect(await readFileRoster('staff.json', '')).toEqual([]);
  });

  it.each([
    ['{"email":"jane@example.com"}', /is no JSON list: expected \[ … \]/],
    ['jane@example.com', /is no JSON list/],
    ['["jane@example.com"', /ends inside its list, after item 0: it was cut off/],
    ['["jane@example.com", {"email": "bob@exam', /ends inside its list, after item 1/],
    ['["jane@example.com", "bob]', /ends inside its list, after item 1/],
    ['[{"email":"jane@example.com"]', /ends inside its list/],
    ['["jane@example.com"] ["bob@example.com"]', /goes on after the end of its list/],
  ])('that is cut off or no list is an error, not a shorter roster: %s', async (text, problem) => {
    for (const content of [text, `\n${text}\n`]) {
      const error = await errorOf(readFileRoster('staff.json', content));
      expect(error.code).toBe('ROSTER_UNREADABLE');
      expect(error.message).toMatch(problem);
      expect(error.message).not.toContain('@');
    }
  });

  it('rejects an item that is too long and takes those around it', async () => {
    const text = `["a@example.com","${'x'.repeat(200_000)}","b@example.com"]`;
    expect(await readFileRoster('staff.json', text)).toMatchObject([
      { line: 1, entry: 'a@example.com' },
      { line: 2, ok: false, reason: 'is longer than 65536 characters' },
      { line: 3, entry: 'b@example.com' },
    ]);
  });

  it('gives one line per item, whatever else the items hold and however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.boolean(), async (values, pretty) => {
        const items = values.map((value, index) => ({ value, email: `p${index}@example.com` }));
        const lines = await readStdinRoster(JSON.stringify(items, null, pretty ? 2 : 0));
        expect(entriesOf(lines)).toEqual(items.map(({ email }) => email));
      }),
      { numRuns: 100 },
    );
  });
});

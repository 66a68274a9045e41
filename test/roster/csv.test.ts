import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RosterLine } from '../../src/core/roster-entry.ts';
import { entriesOf, errorOf, readFileRoster, readStdinRoster } from './read-roster.ts';

function readCsv(content: string | Uint8Array, column?: string): Promise<RosterLine[]> {
  return readFileRoster('staff.csv', content, column);
}

describe('the column of a CSV roster', () => {
  it.each([
    'email',
    'Email',
    ' E-Mail ',
    'EMAIL ADDRESS',
    'email_address',
    'emailId',
    'mail',
    'User Email',
    'Username',
    'userPrincipalName',
  ])('is found under the heading %j', async (heading) => {
    expect(await readCsv(`id,${heading},name\n1,jane@example.com,Jane\n`)).toEqual([
      { line: 2, ok: true, entry: 'jane@example.com', kind: 'email' },
    ]);
  });

  it.each(['orgUserId', 'Org User ID', 'org_user_id'])('under %j holds org user ids', async (heading) => {
    expect(await readCsv(`name,${heading}\nJane,u-575F\n`)).toEqual([
      { line: 2, ok: true, entry: 'u-575F', kind: 'org_user_id' },
    ]);
  });

  it('is the surest of several', async () => {
    const text = 'orgUserId,username,email\nu-1,jdoe,jane@example.com\n';
    expect(entriesOf(await readCsv(text))).toEqual(['jane@example.com']);
  });

  it('is the one that was named, in any letter case', async () => {
    const text = 'email,Work Account,orgUserId\nx@private.example,jane@example.com,u-1\n';
    expect(entriesOf(await readCsv(text, 'work account'))).toEqual(['jane@example.com']);
    expect(await readCsv(text, 'OrgUserId')).toMatchObject([{ entry: 'u-1', kind: 'org_user_id' }]);
  });

  it('may be named exactly where two differ in letter case alone', async () => {
    const text = 'Email,EMAIL\na@example.com,b@example.com\n';
    expect(entriesOf(await readCsv(text, 'EMAIL'))).toEqual(['b@example.com']);
    expect((await errorOf(readCsv(text))).message).toMatch(/has two columns of one name/);
    expect((await errorOf(readCsv(text, 'e-mail'))).message).toMatch(/has two columns of one name/);
  });

  it('that is named but missing is an error that lists the columns there are', async () => {
    const error = await errorOf(readCsv('id;name\n1;Jane\n', 'mail'));
    expect(error.code).toBe('ROSTER_UNREADABLE');
    expect(error.message).toMatch(/staff\.csv has no column mail \(ROSTER_COLUMN\): line 1 has id, name$/);
  });

  it('that nothing tells is an error that says how to tell', async () => {
    const error = await errorOf(readCsv('\nJane,Doe,jane@example.com\n'));
    expect(error.message).toMatch(
      /does not say which column holds the addresses: line 2 has Jane, Doe, …\. Name one with ROSTER_COLUMN$/,
    );
  });

  it('is the first one of a file without a header', async () => {
    const text = '\nJane@example.com;Jane\nbob@example.com;Bob\n';
    expect(await readCsv(text)).toMatchObject([
      { line: 2, entry: 'jane@example.com' },
      { line: 3, entry: 'bob@example.com' },
    ]);
  });
});

describe('a CSV roster', () => {
  it.each([
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
  ])('may be separated by a %s, beside others inside quotes', async (_name, delimiter) => {
    const header = ['"Name, first; last\t"', 'Email'].join(delimiter);
    const row = ['"Doe, Jane; Dr.\t"', '"jane@example.com"'].join(delimiter);
    expect(entriesOf(await readCsv(`\ufeff${header}\r\n${row}\r\n`))).toEqual(['jane@example.com']);
  });

  it('has quotes, doubled quotes and line ends inside cells, and still the right line numbers', async () => {
    const text =
      'note,email\r\n"two\r\nlines, ""quoted""",a@example.com\r\n\r\nplain,b@example.com\r\nplain,bad\r\n';
    expect(await readCsv(text)).toEqual([
      { line: 2, ok: true, entry: 'a@example.com', kind: 'email' },
      { line: 5, ok: true, entry: 'b@example.com', kind: 'email' },
      { line: 6, ok: false, reason: 'is not an email address: it has no @', text: 'bad' },
    ]);
  });

  it('may have a header that goes over two lines', async () => {
    expect(await readCsv('"E-\nMail",Name\njane@example.com,Jane\n')).toMatchObject([
      { line: 3, entry: 'jane@example.com' },
    ]);
  });

  it('may have rows that are too short or too long, and rows of nothing', async () => {
    const text = 'name,email\nJane\nBob,bob@example.com,x,y\n,\n  ,  \nAnn,\n';
    expect(await readCsv(text)).toEqual([
      { line: 2, ok: false, reason: 'has nothing in column email', text: '' },
      { line: 3, ok: true, entry: 'bob@example.com', kind: 'email' },
      { line: 6, ok: false, reason: 'has nothing in column email', text: '' },
    ]);
  });

  it('keeps of a rejected row only the cell of the entry, not what else is in it', async () => {
    const [line] = await readCsv('salary,email\n90000,jane\n');
    expect(line).toEqual({
      line: 2,
      ok: false,
      reason: 'is not an email address: it has no @',
      text: 'jane',
    });
  });

  it('takes an address whose row is not valid UTF-8 elsewhere', async () => {
    const latin1 = Buffer.from('name,email\nJosé,jose@example.com\nJosé,josé@example.com\n', 'latin1');
    expect(await readCsv(latin1)).toEqual([
      { line: 2, ok: true, entry: 'jose@example.com', kind: 'email' },
      { line: 3, ok: false, reason: 'is not valid UTF-8', text: 'jos\ufffd@example.com' },
    ]);
  });

  it('loses one row to each stray quote, not the rest of the file', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => `"${index}",p${index}@example.com`);
    rows[100] = '"unclosed,p100@example.com';
    rows[300] = '"closed" twice",p300@example.com';
    const lines = await readCsv(`id,email\n${rows.join('\n')}\n`);
    expect(lines.filter(({ ok }) => !ok)).toEqual([
      { line: 102, ok: false, reason: 'has a stray quote', text: '"unclosed,p100@example.com' },
      { line: 302, ok: false, reason: 'has a stray quote', text: '"closed" twice",p300@example.com' },
    ]);
    expect(entriesOf(lines)).toHaveLength(498);
  });

  it.each([
    ['near', 5],
    ['far', 300],
  ])('loses nobody between two stray quotes %s from each other', async (_name, distance) => {
    const rows = Array.from({ length: 500 }, (_, index) => `${index},p${index}@example.com`);
    rows[100] = '"unclosed,p100@example.com';
    rows[100 + distance] = `never opened",p${100 + distance}@example.com`;
    const lines = await readCsv(`id,email\n${rows.join('\n')}\n`);
    expect(lines.filter(({ ok }) => !ok)).toMatchObject([{ line: 102, reason: 'has a stray quote' }]);
    expect(entriesOf(lines)).toHaveLength(499);
  });

  it('has its long cells back after a stray quote', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `${index},p${index}@example.com`);
    rows[10] = '"unclosed,p10@example.com';
    rows[200] = '"two\nlines",p200@example.com';
    const lines = await readCsv(`id,email\n${rows.join('\n')}\n`);
    expect(lines.filter(({ ok }) => !ok)).toMatchObject([{ line: 12 }]);
    expect(lines).toContainEqual({ line: 202, ok: true, entry: 'p200@example.com', kind: 'email' });
    expect(lines.at(-1)?.line).toBe(302);
  });

  it('has a stray quote also where a line has two of them', async () => {
    const text = 'a,email,c\n5",a@example.com,"open\n1,b@example.com,"x"\n2,c@example.com,y\n';
    expect(await readCsv(text)).toMatchObject([
      { line: 2, ok: false, reason: 'has a stray quote' },
      { line: 3, entry: 'b@example.com' },
      { line: 4, entry: 'c@example.com' },
    ]);
  });

  it('may have a cell with other addresses, one per line', async () => {
    const text = 'email,copies\njane@example.com,"a@example.com\nb@example.com\nc@example.com"\n';
    expect(entriesOf(await readCsv(text))).toEqual(['jane@example.com']);
  });

  it('takes quotes inside a cell that is not quoted for what they are', async () => {
    const names = ['5" pipe', '6" pipe', 'Ann "Andy" Lee', '7" pipe'];
    const text = names.map((name, index) => `${name},p${index}@example.com\n`).join('');
    expect(entriesOf(await readCsv(`name,email\n${text}`))).toEqual(
      names.map((_, index) => `p${index}@example.com`),
    );
  });

  it('rejects a row that is too long and takes those around it', async () => {
    const text = `email,note\na@example.com,"open\nb@example.com,${'x'.repeat(70_000)}\nc@example.com,y\n`;
    expect(await readCsv(text)).toMatchObject([
      { line: 2, ok: false, reason: 'has a stray quote' },
      { line: 3, ok: false, reason: 'is longer than 65536 characters' },
      { line: 4, ok: true, entry: 'c@example.com' },
    ]);
  });

  it('with a header and nothing else has no lines', async () => {
    expect(await readCsv('email,name\n')).toEqual([]);
    expect(await readCsv('\n')).toEqual([]);
  });

  it('that was written by the rules gives back what was written, whatever its cells hold', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '@', ' ') });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (notes) => {
        const rows = notes.map((note, index) => `${quoted(note)},p${index}@example.com`);
        const lines = await readStdinRoster(`note,email\n${rows.join('\n')}`);
        expect(entriesOf(lines)).toEqual(notes.map((_, index) => `p${index}@example.com`));
      }),
      { numRuns: 100 },
    );
  });
});

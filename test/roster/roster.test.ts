import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRoster } from '../../src/roster/roster.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { collect, entriesOf, errorOf, readFileRoster, readStdinRoster } from './read-roster.ts';

describe('a .txt roster', () => {
  it('has one entry per line, with comments and blank lines between them', async () => {
    const text = '# staff\n\nJane@example.com\r\n  bob@example.com  # contractor\n   # gone: x@example.com\n';
    expect(await readFileRoster('staff.txt', text)).toEqual([
      { line: 3, ok: true, entry: 'jane@example.com', kind: 'email' },
      { line: 4, ok: true, entry: 'bob@example.com', kind: 'email' },
    ]);
  });

  it('says of each rejected line where it is, what it holds and why', async () => {
    expect(await readFileRoster('staff.txt', 'jane@example.com\nu-575f\nbob\u0007@example.com\n')).toEqual([
      { line: 1, ok: true, entry: 'jane@example.com', kind: 'email' },
      { line: 2, ok: false, reason: 'is not an email address: it has no @', text: 'u-575f' },
      {
        line: 3,
        ok: false,
        reason: 'holds a control or invisible character, U+0007',
        text: 'bob\ufffd@example.com',
      },
    ]);
  });

  it('rejects a line that is not valid UTF-8 and reads on', async () => {
    const bytes = Buffer.concat([
      Buffer.from('jane@example.com\nj'),
      Buffer.from([0xe9]), // é in Latin-1
      Buffer.from('@example.com\njosé@example.com\n'),
    ]);
    expect(await readFileRoster('staff.txt', bytes)).toEqual([
      { line: 1, ok: true, entry: 'jane@example.com', kind: 'email' },
      { line: 2, ok: false, reason: 'is not valid UTF-8', text: 'j\ufffd@example.com' },
      { line: 3, ok: true, entry: 'josé@example.com', kind: 'email' },
    ]);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('may end its lines in %s, the last one in nothing', async (_name, end) => {
    const lines = await readFileRoster('staff.txt', `\ufeffa@example.com${end}${end}b@example.com`);
    expect(lines).toMatchObject([
      { line: 1, entry: 'a@example.com' },
      { line: 3, entry: 'b@example.com' },
    ]);
  });

  it('rejects a line without end but keeps only its start', async () => {
    const lines = await readFileRoster('staff.txt', `a@example.com\n${'x'.repeat(300_000)}\nb@example.com\n`);
    expect(lines).toEqual([
      { line: 1, ok: true, entry: 'a@example.com', kind: 'email' },
      { line: 2, ok: false, reason: 'is longer than 65536 characters', text: `${'x'.repeat(119)}…` },
      { line: 3, ok: true, entry: 'b@example.com', kind: 'email' },
    ]);
  });

  it('without a single line is no error of its own', async () => {
    expect(await readFileRoster('staff.txt', '')).toEqual([]);
    expect(await readFileRoster('staff.txt', '\ufeff\n# nobody\n')).toEqual([]);
  });

  it('refuses a column, which it cannot have', async () => {
    const error = await errorOf(readFileRoster('staff.txt', 'jane@example.com\n', 'Email'));
    expect(error.message).toMatch(/staff\.txt is a plain list without columns: unset ROSTER_COLUMN/);
  });
});

describe('standard input', () => {
  it.each([
    ['a plain list', '\n\njane@example.com\njosé@example.com\n'],
    ['a plain list with a comment', '# staff\njane@example.com\njosé@example.com'],
    ['a CSV with a header', 'id;E-Mail\r\n1;jane@example.com\r\n2;josé@example.com\r\n'],
    ['a CSV of one column', 'email\njane@example.com\njosé@example.com\n'],
    ['a CSV without a header', '"jane@example.com","Jane"\n"josé@example.com","José"\n'],
    ['a CSV of one quoted column', '"jane@example.com"\n"josé@example.com"\n'],
    ['JSON lines', '{"email":"jane@example.com"}\n{"email":"josé@example.com"}\n'],
    ['a JSON list', ' \n["jane@example.com", "josé@example.com"]'],
  ])('is known for %s by its first line', async (_name, content) => {
    const lines = await readStdinRoster(content);
    expect(entriesOf(lines)).toEqual(['jane@example.com', 'josé@example.com']);
    expect(lines).toHaveLength(2);
    expect(entriesOf(await readStdinRoster(`\ufeff${content}`))).toHaveLength(2);
  });

  it('is a CSV where a column is named', async () => {
    expect(entriesOf(await readStdinRoster('Login\njane@example.com\n', 'login'))).toEqual([
      'jane@example.com',
    ]);
  });

  it('that is a plain list has no column', async () => {
    const error = await errorOf(readStdinRoster('jane@example.com\n', 'login'));
    expect(error.message).toMatch(/^The roster standard input is a plain list without columns/);
  });

  it('is checked for UTF-16 before anything else, however it arrives', async () => {
    const error = await errorOf(readStdinRoster(Buffer.from('\ufeffjane@example.com\n', 'utf16le')));
    expect(error.message).toMatch(/^The roster standard input is encoded as UTF-16/);
  });

  it('may be empty', async () => {
    expect(await readStdinRoster('')).toEqual([]);
    expect(await readStdinRoster('\ufeff')).toEqual([]);
  });

  it('keeps line ends and characters whole that arrive in pieces', async () => {
    expect(await readStdinRoster('é@example.com\r\n\r\n😀@example.com\r\n\rb@example.com\r')).toMatchObject([
      { line: 1, entry: 'é@example.com' },
      { line: 3, entry: '😀@example.com' },
      { line: 5, entry: 'b@example.com' },
    ]);
  });
});

describe('a roster that cannot be read', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeTemporaryFolder();
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function messageFor(name: string, content?: string | Uint8Array): Promise<string> {
    const path = join(folder, name);
    if (content !== undefined) await writeFile(path, content);
    const error = await errorOf(collect(openRoster({ kind: 'file', path }, { column: null })));
    expect(error.code).toBe('ROSTER_UNREADABLE');
    expect(error.message).not.toContain('\n');
    return error.message.replace(folder, '');
  }

  it('says that it is missing, whatever it is called', async () => {
    const message = 'The roster /none.txt does not exist: check the path in ROSTER';
    expect(await messageFor('none.txt')).toBe(message);
    expect(await messageFor('none')).toBe(message.replace('.txt', ''));
  });

  it('says that its folder is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await messageFor('file/staff.txt')).toMatch(/does not exist/);
  });

  it('says that it is a directory', async () => {
    await mkdir(join(folder, 'staff.csv'));
    expect(await messageFor('staff.csv')).toBe('The roster /staff.csv is a directory: name a file in it');
  });

  it('says that this user may not read it', async () => {
    await writeFile(join(folder, 'secret.txt'), 'jane@example.com\n', { mode: 0o000 });
    const message = await asOrdinaryUser(() => messageFor('secret.txt'));
    expect(message).toBe('The roster /secret.txt may not be read by this user: check its permissions');
  });

  it.each([
    ['staff', 'has no extension: expected .txt, .csv, .json, .jsonl'],
    ['staff.xml', 'ends in .xml: expected .txt, .csv, .json, .jsonl'],
  ])('says that %s is of no known format', async (name, problem) => {
    expect(await messageFor(name, 'jane@example.com\n')).toBe(`The roster /${name} ${problem}`);
  });

  it.each([
    ['UTF-16', '\ufeffjane@example.com\n', /is encoded as UTF-16: save it as UTF-8/],
    ['big-endian UTF-16', '\ufffejane@example.com\n', /is encoded as UTF-16: save it as UTF-8/],
  ])('says what to do about %s', async (_name, text, problem) => {
    expect(await messageFor('wide.txt', Buffer.from(text, 'utf16le'))).toMatch(problem);
  });

  it.each([
    ['a workbook', [0x50, 0x4b, 0x03, 0x04, 0x14], /is a workbook or an archive, not text: save it as CSV/],
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0, 0xa1], /is a workbook/],
    ['a compressed file', [0x1f, 0x8b], /is compressed: unpack it first/],
  ])('says that %s is no text', async (_name, bytes, problem) => {
    expect(await messageFor('binary.csv', Buffer.from(bytes))).toMatch(problem);
  });

  it('names the extension in any letter case', async () => {
    expect(entriesOf(await readFileRoster('STAFF.TXT', 'jane@example.com'))).toEqual(['jane@example.com']);
  });

  it('says that standard input broke off', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable is what a stream is
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('jane@example.com\n');
      throw Object.assign(new Error('read EIO'), { code: 'EIO' });
    }
    const error = await errorOf(collect(openRoster({ kind: 'stdin' }, { column: null, stdin: broken() })));
    expect(error.message).toBe('The roster standard input could not be read to its end (EIO)');
  });
});

describe('a long roster', () => {
  const COUNT = 200_000;
  const PIECE = 1_000;

  /** Gives `COUNT` lines in pieces, and counts how far it has been asked ahead of what was used. */
  function produce(toLine: (index: number) => string) {
    const state = { produced: 0, closed: false };
    // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable is what a stream is
    async function* pieces(): AsyncGenerator<Uint8Array> {
      try {
        while (state.produced < COUNT) {
          const first = state.produced;
          state.produced += PIECE;
          yield Buffer.from(Array.from({ length: PIECE }, (_, index) => toLine(first + index)).join(''));
        }
      } finally {
        state.closed = true;
      }
    }
    return { state, stdin: pieces() };
  }

  it.each([
    ['plain list', (index: number) => `person.${index}@example.com\n`],
    ['CSV', (index: number) => (index === 0 ? 'id,email\n' : `"${index}",person.${index}@example.com\n`)],
    ['JSON lines', (index: number) => `{"email":"person.${index}@example.com"}\n`],
    [
      'JSON list',
      (index: number) =>
        `${index === 0 ? '[' : ','}"person.${index}@example.com"${index === COUNT - 1 ? ']' : ''}`,
    ],
  ])('is read as a %s no further ahead than a few pieces', async (_name, toLine) => {
    const { state, stdin } = produce(toLine);
    let used = 0;
    let furthest = 0;
    for await (const line of openRoster({ kind: 'stdin' }, { column: null, stdin })) {
      if (!line.ok) throw new Error(`line ${line.line} ${line.reason}`);
      used += 1;
      furthest = Math.max(furthest, state.produced - used);
    }
    expect(used).toBeGreaterThanOrEqual(COUNT - 1);
    expect(furthest).toBeLessThanOrEqual(4 * PIECE);
    expect(state.closed).toBe(true);
  });

  it('is closed by whoever stops early', async () => {
    const { state, stdin } = produce((index) => `person.${index}@example.com\n`);
    for await (const line of openRoster({ kind: 'stdin' }, { column: null, stdin })) {
      if (line.line === 1_500) break;
    }
    expect(state).toEqual({ produced: 2 * PIECE, closed: true });
  });

  it('is closed when it turns out to be unreadable', async () => {
    const { state, stdin } = produce(() => 'Name,Phone\n');
    await errorOf(collect(openRoster({ kind: 'stdin' }, { column: null, stdin })));
    expect(state).toEqual({ produced: PIECE, closed: true });
  });
});

/** Root may read everything, so that as root there is nothing to see. */
async function asOrdinaryUser<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

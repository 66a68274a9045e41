import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { Tenant } from '../../src/simulator/tenant.ts';

describe('the roster', () => {
  it('spreads those who never existed among the others', () => {
    const tenant = new Tenant();
    for (let number = 1; number <= 6; number += 1) tenant.addPerson({ email: `p${number}@example.com` });
    tenant.addStranger('one@example.com');
    tenant.addStranger('two@example.com');
    const strangersAt = [...tenant.roster()].flatMap((entry, at) => (entry.startsWith('p') ? [] : [at]));
    expect(strangersAt).toEqual([3, 7]);
  });

  it('may be nothing but strangers', () => {
    const tenant = new Tenant();
    tenant.addStranger('one@example.com');
    expect([...tenant.roster()]).toEqual(['one@example.com']);
  });
});

describe('a roster file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roster-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(name: string, roster: Iterable<string>): Promise<string> {
    const path = join(folder, name);
    await writeRosterFile(path, roster);
    return readFile(path, 'utf8');
  }

  it('has one entry a line', async () => {
    expect(await write('roster.txt', ["o'brien@example.com", 'rené@example.com'])).toBe(
      "o'brien@example.com\nrené@example.com\n",
    );
  });

  it('has a header and quotes where its name ends in .csv', async () => {
    expect(await write('roster.CSV', ['ann@example.com', 'a"b,c@example.com'])).toBe(
      'Email\nann@example.com\n"a""b,c@example.com"\n',
    );
  });

  it('keeps every entry of a roster larger than one piece', async () => {
    const entries = Array.from({ length: 20_000 }, (_none, number) => `person${number}@example.com`);
    expect(await write('roster.txt', entries)).toBe(`${entries.join('\n')}\n`);
  });
});

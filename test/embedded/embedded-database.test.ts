import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedDatabase } from '../../src/embedded/embedded-database.ts';
import { startDatabaseUser } from '../support/start-database-user.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { loadPostmaster, queryRow, removeDataDir, requirePid } from './data-dir.ts';

const settings = { fsync: 'off' };
let dataDir: string;

beforeAll(async () => {
  dataDir = await makeTemporaryFolder();
});
afterAll(async () => removeDataDir(dataDir));

test('the first start makes a durable database that sorts and tells the time the same everywhere', async () => {
  const database = await openEmbeddedDatabase({ dataDir });
  const row = await queryRow(
    database.url,
    `SELECT datname, pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale,
            current_setting('timezone') AS timezone, current_setting('data_checksums') AS checksums,
            current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit
     FROM pg_database WHERE datname = current_database()`,
  );
  expect(row).toEqual({
    datname: 'kore_sync',
    encoding: 'UTF8',
    provider: 'b',
    locale: 'C.UTF-8',
    timezone: 'UTC',
    checksums: 'on',
    fsync: 'on',
    commit: 'on',
  });
  expect(database.startedHere).toBe(true);
  await database.release();
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('what a killed first start left half-made is swept away and never taken for a database', async () => {
  const halfMade = join(dataDir, 'postgresql.draft-killed', 'data');
  await mkdir(halfMade, { recursive: true });
  await writeFile(join(halfMade, 'PG_VERSION'), '18\n');
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
  expect((await readdir(dataDir)).filter((name) => name.includes('draft'))).toEqual([]);
});

test('only a client on this machine that knows the password is let in', async () => {
  const database = await openEmbeddedDatabase({ dataDir, settings });
  const row = await queryRow(
    database.url,
    `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets`,
  );
  expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' });
  const guessed = new URL(database.url);
  guessed.password = 'guessed';
  await expect(queryRow(guessed.href, 'SELECT')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(join(dataDir, 'postgresql.password'))).mode & 0o777).toBe(0o600);
  await database.release();
});

test('what was stored is there after the last user has left and another has come', async () => {
  const first = await openEmbeddedDatabase({ dataDir, settings });
  await queryRow(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.release();
  const second = await openEmbeddedDatabase({ dataDir, settings });
  expect(await queryRow(second.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
  expect(second.port).toBe(first.port);
  await second.release();
});

test('a second process uses the server that runs, and the last of the two stops it', async () => {
  const first = await startDatabaseUser({ dataDir, settings });
  const second = await startDatabaseUser({ dataDir, settings });
  expect([first.startedHere, second.startedHere]).toEqual([true, false]);
  expect(second.url).toBe(first.url);
  const pid = await requirePid(dataDir);
  await first.end();
  expect(await requirePid(dataDir)).toBe(pid);
  await second.end();
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('a server outlives the kill of the process that started it, and its next user stops it', async () => {
  const starter = await startDatabaseUser({ dataDir, settings });
  const pid = await requirePid(dataDir);
  await starter.kill();
  const next = await startDatabaseUser({ dataDir, settings });
  expect(next.startedHere).toBe(false);
  expect(await requirePid(dataDir)).toBe(pid);
  await next.end();
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('the server is in no terminal session of its starter', async () => {
  const starter = await startDatabaseUser({ dataDir, settings });
  const pid = await requirePid(dataDir);
  // Signals to a process group reach the server only under its own id.
  expect(() => process.kill(-pid, 0)).not.toThrow();
  await starter.end();
});

test('four processes that start at the same moment make one database and one server', async () => {
  const fresh = await makeTemporaryFolder();
  const users = await Promise.all(
    [1, 2, 3, 4].map(async () => startDatabaseUser({ dataDir: fresh, settings })),
  );
  expect(new Set(users.map(({ url }) => url)).size).toBe(1);
  expect(users.filter(({ startedHere }) => startedHere)).toHaveLength(1);
  await Promise.all(users.map(async (user) => user.end()));
  expect((await readdir(fresh)).filter((name) => name.includes('draft'))).toEqual([]);
  await removeDataDir(fresh);
});

test('users who come while the last one leaves always get a server that answers', async () => {
  const comeAndGo = async () => {
    for (let visit = 0; visit < 5; visit += 1) {
      const database = await openEmbeddedDatabase({ dataDir, settings });
      expect(await queryRow(database.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
      await database.release();
    }
  };
  await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]);
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('giving a use back twice stops nothing that others use', async () => {
  const first = await openEmbeddedDatabase({ dataDir, settings });
  const second = await openEmbeddedDatabase({ dataDir, settings });
  await Promise.all([first.release(), first.release()]);
  expect(await queryRow(second.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  await second.release();
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../src/embedded/embedded-database.ts';
import { provideCluster } from '../../src/embedded/cluster.ts';
import { giveUsageBack, takeUsage } from '../../src/embedded/usage.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { loadPostmaster, queryRow, removeDataDir, requirePid } from './data-dir.ts';

const settings = { fsync: 'off' };
const isRoot = process.getuid?.() === 0;
let dataDir: string;
let clusterDir: string;

beforeAll(async () => {
  dataDir = await makeTemporaryFolder();
  clusterDir = join(dataDir, 'postgresql');
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
});
afterAll(async () => removeDataDir(dataDir));

/** How many hold a share of the server: what its last user goes by. */
async function countUsers({ url }: EmbeddedDatabase): Promise<unknown> {
  const row = await queryRow(
    url,
    `SELECT count(*)::int AS users FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted`,
  );
  return row?.['users'];
}

test('a lock file left by a killed server does not prevent a start', async () => {
  const database = await openEmbeddedDatabase({ dataDir, settings });
  const lockFile = await readFile(join(clusterDir, 'postmaster.pid'));
  await database.release();
  const unused = spawn(process.execPath, ['--eval', '']);
  await once(unused, 'exit');
  const text = lockFile.toString().replace(/^\d+/, String(unused.pid));
  await writeFile(join(clusterDir, 'postmaster.pid'), text);
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
});

test('a lock file whose process id is now another program of the same user does not prevent a start', async () => {
  const database = await openEmbeddedDatabase({ dataDir, settings });
  const lockFile = await readFile(join(clusterDir, 'postmaster.pid'));
  await database.release();
  const { uid, gid } = await stat(clusterDir);
  const other = spawn('sleep', ['600'], isRoot ? { uid, gid, cwd: '/' } : {});
  await once(other, 'spawn');
  const text = lockFile.toString().replace(/^\d+/, String(other.pid));
  await writeFile(join(clusterDir, 'postmaster.pid'), text);
  const next = await openEmbeddedDatabase({ dataDir, settings });
  other.kill();
  expect(next.startedHere).toBe(true);
  await next.release();
});

test('a server killed under its user is started again on the same port', async () => {
  const database = await openEmbeddedDatabase({ dataDir, settings });
  process.kill(await requirePid(dataDir), 'SIGKILL');
  await vi.waitFor(async () => expect(await countUsers(database)).toBe(1), {
    timeout: 30_000,
    interval: 100,
  });
  await database.release();
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('a server that lost its locks in a crash is not stopped by another user who leaves', async () => {
  const onNotice = vi.fn();
  const database = await openEmbeddedDatabase({ dataDir, settings, onNotice });
  const backend = await queryRow(
    database.url,
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
  );
  process.kill(Number(backend?.['pid']), 'SIGKILL');
  await vi.waitFor(() => expect(onNotice).toHaveBeenCalled());
  await vi.waitFor(async () => expect(await countUsers(database)).toBe(1), {
    timeout: 30_000,
    interval: 100,
  });
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
  expect(await countUsers(database)).toBe(1);
  await database.release();
});

test('a use given back while its server is gone leaves no server behind', async () => {
  const onNotice = vi.fn();
  const database = await openEmbeddedDatabase({ dataDir, settings, onNotice });
  process.kill(await requirePid(dataDir), 'SIGKILL');
  await vi.waitFor(() => expect(onNotice).toHaveBeenCalled());
  await database.release();
  await vi.waitFor(async () => expect((await loadPostmaster(dataDir)).state).toBe('stale'));
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
});

test('a start that is no longer wanted is finished, so that somebody is left to stop the server', async () => {
  const cluster = await provideCluster(dataDir, () => undefined);
  const unwanted = new AbortController();
  const taken = takeUsage(cluster, settings, unwanted.signal);
  await vi.waitUntil(async () => (await loadPostmaster(dataDir)).state !== 'absent', { interval: 1 });
  unwanted.abort();
  await giveUsageBack(cluster, await taken);
  expect(await loadPostmaster(dataDir)).toEqual({ state: 'absent' });
});

test('a server that cannot start is reported with what its log says', async () => {
  await expect(openEmbeddedDatabase({ dataDir, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    /postgresql\.log[^]*shared_buffers[^]*DATABASE_URL/,
  );
});

test('a password file that is lost or another one is named, and not replaced', async () => {
  const file = join(dataDir, 'postgresql.password');
  await rename(file, `${file}.kept`);
  await expect(openEmbeddedDatabase({ dataDir, settings })).rejects.toThrow(file);
  await writeFile(file, 'another');
  await expect(openEmbeddedDatabase({ dataDir, settings })).rejects.toThrow('does not accept the password');
  await rename(`${file}.kept`, file);
  await (await openEmbeddedDatabase({ dataDir, settings })).release();
});

test('a cluster of another PostgreSQL version is refused before it is touched', async () => {
  const folder = await makeTemporaryFolder();
  await mkdir(join(folder, 'postgresql'));
  await writeFile(join(folder, 'postgresql', 'PG_VERSION'), '17\n');
  await writeFile(join(folder, 'postgresql.password'), 'any');
  await expect(openEmbeddedDatabase({ dataDir: folder })).rejects.toThrow('was made by PostgreSQL 17');
  await rm(folder, { recursive: true });
});

test.runIf(isRoot)(
  'as root, a data folder the server cannot reach is refused, naming the folder',
  async () => {
    const folder = await makeTemporaryFolder();
    await mkdir(join(folder, 'private'), { mode: 0o700 });
    const opened = openEmbeddedDatabase({ dataDir: join(folder, 'private', 'data') });
    await expect(opened).rejects.toThrow(`'chmod o+x ${join(folder, 'private')}'`);
    expect(await readdir(join(folder, 'private'))).toEqual([]);
    await rm(folder, { recursive: true });
  },
);

test.runIf(isRoot)('as root, a data folder made under a strict umask lets the server in', async () => {
  const folder = await makeTemporaryFolder();
  const umask = process.umask(0o077);
  const made = join(folder, 'new', 'data');
  const database = await openEmbeddedDatabase({ dataDir: made, settings }).finally(() =>
    process.umask(umask),
  );
  expect((await stat(join(made, 'postgresql'))).uid).not.toBe(0);
  await database.release();
  await removeDataDir(made);
  await rm(folder, { recursive: true });
});

import { randomBytes } from 'node:crypto';
import { chown, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '../core/errors.ts';
import { provideBinaries, type Binaries } from './binaries.ts';
import { runCommand } from './command.ts';
import { exists, isErrno, makeFolderOnce } from './folder.ts';
import { findServerAccount, openDataDir, type ServerAccount } from './server-account.ts';

export const DATABASE_USER = 'kore_sync';
export const DATABASE_NAME = 'kore_sync';

/** A PostgreSQL cluster on disk and what it takes to run it. */
export interface Cluster {
  /** Real path: a running server is recognised by its working directory. */
  dir: string;
  dataDir: string;
  logFile: string;
  password: string;
  binaries: Binaries;
  account: ServerAccount | undefined;
}

/** Makes the cluster under `dataDir` where there is none; safe in any number of processes at once. */
export async function provideCluster(dataDir: string, onNotice: (notice: string) => void): Promise<Cluster> {
  const account = await findServerAccount(join(dataDir, 'postgresql'));
  const root = await openDataDir(dataDir, account);
  const cluster: Cluster = {
    dir: join(root, 'postgresql'),
    dataDir: root,
    logFile: join(root, 'postgresql.log'),
    password: await providePassword(root),
    binaries: await provideBinaries(root, account),
    account,
  };
  await makeFolderOnce(cluster.dir, async (draft) => {
    onNotice(`Creating a PostgreSQL database in ${cluster.dir}`);
    return initialise(cluster, draft);
  });
  await checkMajorVersion(cluster);
  return cluster;
}

/** Looks for the cluster first: where there is one, its password came before it, and a new one cannot fit. */
async function providePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgresql.password');
  const isMade = await exists(join(dataDir, 'postgresql'));
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMade || !isErrno(error, 'ENOENT')) throw describeLostPassword(file, error);
  }
  const draft = `${file}.draft-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
    // Unlike a rename, a link never replaces the password another process has just put there.
    await link(draft, file).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

/** Runs initdb as the server's account, which has to be able to read the password file and own the result. */
async function initialise({ binaries, account, password }: Cluster, draft: string): Promise<string> {
  const dir = join(draft, 'data');
  const passwordFile = join(draft, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(draft, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const { exitCode, output } = await runCommand(
    binaries.initdb,
    [
      `--pgdata=${dir}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts the same on every machine, whatever locales its C library has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ],
    account,
  );
  if (exitCode === 0) return dir;
  throw new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `A PostgreSQL database could not be created in ${draft}. It said:\n${output}\n` +
      `Free the cause and start again, or set DATABASE_URL to a server of your own.`,
  );
}

async function checkMajorVersion({ dir, binaries }: Cluster): Promise<void> {
  const made = await readFile(join(dir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  // Unreadable is no reason to stop here: the server looks as well, and says what is wrong with the folder.
  if (made === undefined || made.trim() === binaries.majorVersion) return;
  throw new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The database in ${dir} was made by PostgreSQL ${made.trim()}; this release brings ${binaries.majorVersion}, ` +
      `which cannot read it. Dump it with the release that made it and restore it here in a new DATA_DIR.`,
  );
}

function describeLostPassword(file: string, cause: unknown): SyncError {
  return new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The password of the embedded PostgreSQL cannot be read from ${file}. Restore the file from a backup, or run ` +
      `as the user who made it; to begin with an empty database instead, set DATA_DIR to a new folder.`,
    { cause },
  );
}

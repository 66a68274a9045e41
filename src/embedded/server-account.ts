import { chmod, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SyncError } from '../core/errors.ts';
import { runCommand, type Identity } from './command.ts';

/** Who the server runs as. PostgreSQL refuses to run as root. */
export interface ServerAccount extends Identity {
  name: string;
}

/**
 * Finds who the server has to run as when we are root; undefined when it runs as who we are.
 *
 * A cluster that exists belongs to whoever made it: PostgreSQL serves only its own files, and so root may use
 * the database of an ordinary user without taking it away from them.
 */
export async function findServerAccount(clusterDir: string): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `the owner of ${clusterDir}`, uid: owner.uid, gid: owner.gid };
  }
  const account = (await loadAccount('postgres')) ?? (await loadAccount('nobody'));
  if (account !== undefined) return account;
  throw new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    'The embedded PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody" ' +
      'to run it as. Add one, run this program as an ordinary user, or set DATABASE_URL.',
  );
}

async function loadAccount(name: string): Promise<ServerAccount | undefined> {
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}

/**
 * Makes the data folder where it is missing and returns its real path, which `account` can enter.
 *
 * Throws, naming the folder in the way and leaving nothing behind, where it cannot.
 */
export async function openDataDir(dataDir: string, account: ServerAccount | undefined): Promise<string> {
  const wanted = resolve(dataDir);
  const firstMade = await makeFolder(wanted);
  if (account === undefined) return realpath(wanted);
  if (firstMade !== undefined) await letOthersPass(firstMade, wanted);
  const path = await realpath(wanted);
  const closed = await findClosedFolder(path, account);
  if (closed === undefined) return path;
  if (firstMade !== undefined) await rm(firstMade, { recursive: true });
  throw new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The embedded PostgreSQL cannot keep its data in ${path}: it refuses to run as root, so it runs as ` +
      `${account.name} (uid ${account.uid}), who may not enter ${closed}. Set DATA_DIR to a folder that others can ` +
      `reach, such as /var/lib/kore-sync, allow passing through with 'chmod o+x ${closed}', or set DATABASE_URL.`,
  );
}

/** Returns the first folder that had to be made, if any. */
async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyncError(
      'EMBEDDED_DATABASE_FAILED',
      `Cannot make the data folder ${folder}: ${reason}. Set DATA_DIR to a folder this user may write, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Folders made just now may be closed by nothing but root's umask; what they hold has modes of its own. */
async function letOthersPass(firstMade: string, last: string): Promise<void> {
  for (let folder = last; ; folder = dirname(folder)) {
    const { mode } = await stat(folder);
    await chmod(folder, (mode & 0o7777) | 0o011);
    if (folder === firstMade) return;
  }
}

/** Asks the kernel, as that user, rather than reading mode bits: access lists count too. */
async function findClosedFolder(path: string, account: ServerAccount): Promise<string | undefined> {
  const folders = [path];
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder))
    folders.unshift(dirname(folder));
  const script = 'for folder do test -x "$folder" || { printf %s "$folder"; exit 1; }; done';
  const { exitCode, output } = await runCommand('/bin/sh', ['-c', script, 'sh', ...folders], account);
  return exitCode === 0 ? undefined : output;
}

import { stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isErrno } from './folder.ts';

/** What is in the folder of an embedded database, as far as this user may see it. */
export interface DataFolderFacts {
  /** False before the first command that needs a database has made one. */
  readonly hasCluster: boolean;
  /** Bytes that may be written on its disk. */
  readonly freeBytes: number;
  /** A fault of the folder or of what is in it, with what to do; null where there is none. */
  readonly fault: { readonly seen: string; readonly remedy: string } | null;
}

/** Makes nothing: a folder that is not there yet is judged by the one it will be made in. */
export async function loadDataFolderFacts(dataDir: string): Promise<DataFolderFacts> {
  const folder = resolve(dataDir);
  const { bavail, bsize } = await statfs(await findExisting(folder));
  const cluster = await statOrNull(join(folder, 'postgresql'));
  return {
    hasCluster: cluster !== null,
    freeBytes: bavail * bsize,
    fault: findClusterFault(folder, cluster) ?? (await findPasswordFault(folder)),
  };
}

type Stats = Awaited<ReturnType<typeof stat>>;

/** PostgreSQL serves its own files alone, and only where nobody else may read them. */
function findClusterFault(folder: string, cluster: Stats | null): DataFolderFacts['fault'] {
  if (cluster === null) return null;
  const path = join(folder, 'postgresql');
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && Number(cluster.uid) !== uid) {
    return {
      seen: `${path} belongs to user ${cluster.uid}, and this is user ${uid}`,
      remedy: `Run kore-sync as the user who made it, or give it away: chown -R ${uid} ${folder}`,
    };
  }
  const mode = Number(cluster.mode) & 0o777;
  if ((mode & 0o027) === 0) return null;
  return {
    seen: `${path} may be entered by others (mode ${mode.toString(8)}), and PostgreSQL refuses to serve it`,
    remedy: `chmod 700 ${path}`,
  };
}

async function findPasswordFault(folder: string): Promise<DataFolderFacts['fault']> {
  const path = join(folder, 'postgresql.password');
  const password = await statOrNull(path);
  if (password === null || (Number(password.mode) & 0o077) === 0) return null;
  return {
    seen: `${path} may be read by others: whoever may log in here can read the database`,
    remedy: `chmod 600 ${path}`,
  };
}

async function findExisting(folder: string): Promise<string> {
  return (await statOrNull(folder)) === null && folder !== dirname(folder)
    ? findExisting(dirname(folder))
    : folder;
}

/** Null where there is nothing; what may not be looked at is an error. */
async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

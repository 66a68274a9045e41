import { mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a folder that is there whole or not at all, whoever is killed on the way.
 *
 * `fill` gets an empty draft beside it and returns the folder in the draft that is to take its place. Any
 * number of processes may try at the same time: the first to finish wins, and everybody uses the winner's.
 */
export async function makeFolderOnce(
  folder: string,
  fill: (draft: string) => Promise<string>,
): Promise<void> {
  if (!(await exists(folder))) {
    const draft = await mkdtemp(`${folder}.draft-`);
    try {
      await rename(await fill(draft), folder);
      await syncFolder(dirname(folder));
    } catch (error) {
      // Somebody else was first; they may also have swept our draft away while we filled it.
      if (!(await exists(folder))) throw error;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  await sweepDrafts(folder);
}

/** With the folder in place every draft is void: left by a process that was killed, or about to lose. */
async function sweepDrafts(folder: string): Promise<void> {
  const names = await readdir(dirname(folder));
  const drafts = names.filter((name) => name.startsWith(`${basename(folder)}.draft-`));
  for (const draft of drafts) {
    // Best effort: its maker may be writing into it at this moment and removes it in the end.
    await rm(join(dirname(folder), draft), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Puts a rename on disk: what the cluster promises to keep must not vanish with its folder's name. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !isErrno(error, 'ENOENT', 'ENOTDIR'),
  );
}

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SyncError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';

/** It names people. */
const OWNER_ONLY = 0o600;

/**
 * Writes a file whole or not at all, for its owner alone, and returns where it is: a link is followed, and a file
 * that is there is replaced. Throws `REPORT_UNWRITABLE`.
 */
export async function saveFile(file: string, text: string): Promise<string> {
  try {
    const target = await findTarget(file);
    // In the same folder: nothing can be moved whole from one disk to another.
    const draft = path.join(path.dirname(target), `.kore-sync-${randomBytes(8).toString('hex')}.tmp`);
    try {
      await writeNew(draft, text);
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return target;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new SyncError(
      'REPORT_UNWRITABLE',
      `The report cannot be written to '${printable(file)}' (${reason}). Expected a file in a folder that is there and that you may write to, or '-' for standard output.`,
      { cause: error },
    );
  }
}

/** Devices and pipes must not be replaced by a file. */
async function findTarget(file: string): Promise<string> {
  const target = await realpath(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (target === undefined) return file;
  if ((await stat(target)).isFile()) return target;
  throw new SyncError(
    'REPORT_UNWRITABLE',
    `'${printable(file)}' is there and no file: it is left as it is. Expected a file, or '-' for standard output.`,
  );
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

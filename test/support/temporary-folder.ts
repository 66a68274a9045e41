import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/**
 * Makes an empty folder that goes with the test run, however the run ends. Others may enter: as root, the
 * database server runs as another user.
 */
export async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('temporaryFolder'), 'folder-'));
  await chmod(folder, 0o755);
  return folder;
}

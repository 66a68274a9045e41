import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file of the repository, by its path from the root. */
export async function readTree(file: string): Promise<string> {
  return readFile(path.join(ROOT, file), 'utf8');
}

/** Every file of the repository in order, without what .gitignore names. Needs no git. */
export async function listTree(): Promise<readonly string[]> {
  const patterns = (await readTree('.gitignore')).split('\n').map((line) => line.replace(/\/$/, ''));
  // With a slash in it, a path from the root; without one, a name anywhere.
  const isIgnored = (file: string): boolean =>
    patterns.some((pattern) =>
      pattern.includes('/') ? pattern.replace(/^\//, '') === file : pattern === path.basename(file),
    );
  const files: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(path.join(ROOT, folder), { withFileTypes: true })) {
      const file = path.posix.join(folder, entry.name);
      if (file === '.git' || isIgnored(file)) continue;
      if (entry.isDirectory()) await walk(file);
      else files.push(file);
    }
  };
  await walk('');
  return files.sort();
}

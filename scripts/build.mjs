// Builds `dist` from the sources when it is missing or older than they are: the Prisma client, then TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatePrismaClient } from './generate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const STAMP = path.join(root, 'dist', '.built');
const GENERATED = path.join(root, 'src', 'store', 'generated');
const LOCK = path.join(root, '.build-lock');
const SOURCES = [
  'src',
  'jobs',
  'test/bench',
  'test/support/redis.ts',
  'prisma/schema.prisma',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];

/** Returns false when the build failed; the compiler has said why. */
export function buildIfNeeded() {
  if (isUpToDate()) return true;
  return withLock(() => isUpToDate() || build());
}

function isUpToDate() {
  if (!existsSync(STAMP) || !existsSync(GENERATED)) return false;
  const builtAt = statSync(STAMP).mtimeMs;
  return SOURCES.every((source) => newestIn(path.join(root, source)) <= builtAt);
}

function newestIn(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were removed.
  return Math.max(
    stat.mtimeMs,
    ...readdirSync(file).map((name) =>
      path.join(file, name) === GENERATED ? 0 : newestIn(path.join(file, name)),
    ),
  );
}

function build() {
  const startedAt = Date.now();
  if (!isGenerated() && !generatePrismaClient()) return false;
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) return false;
  writeFileSync(STAMP, '');
  const secondsTaken = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`Built dist from the sources in ${secondsTaken} s.\n`);
  return true;
}

function isGenerated() {
  const client = path.join(GENERATED, 'client.ts');
  return (
    existsSync(client) && newestIn(path.join(root, 'prisma', 'schema.prisma')) <= statSync(client).mtimeMs
  );
}

/** Two commands may start at once in a fresh checkout. A lock whose owner died is taken over. */
function withLock(work) {
  const STALE_MS = 120_000;
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const heldSince = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (heldSince !== 0 && Date.now() - heldSince > STALE_MS)
        rmSync(LOCK, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  try {
    return work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = buildIfNeeded() ? 0 : 1;

import { execFileSync } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { listTree, readTree, ROOT } from './tree.ts';

const files = await listTree();

const packageShape = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});
const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});
const manifest = packageShape.parse(JSON.parse(await readTree('package.json')));
const lock = lockShape.parse(JSON.parse(await readTree('package-lock.json')));

describe('names of files', () => {
  const sources = files.filter((file) => /^(?:src|jobs|test|scripts)\/.*\.(?:ts|mjs)$/.test(file));

  test('are in kebab case', () => {
    const name = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.(?:ts|mjs)$/;
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => !name.test(path.basename(file)))).toEqual([]);
  });

  test('say what is in them', () => {
    const vague = /(?:^|[/-])(?:utils?|helpers?|managers?|services?|common|misc|shared|index)(?:[/.-]|$)/;
    expect(sources.filter((file) => vague.test(file))).toEqual([]);
  });
});

describe('the text of every file', () => {
  // Put together, or this file would be found itself.
  const words = {
    'a folder outside the repository': [['..', 'shared'].join('/'), ['', 'work', ''].join('/')],
    'the number of an issue': [/\bissue #?\d/i],
    'a registry of packages': [/\bregistry[.][a-z]/i, /\bnpmjs[.][a-z]/i, /\bbinaries[.]prisma/i],
    'something left for later': [/\b(?:TO[D]O|FIX[M]E|XX[X])\b/],
  };

  test.each([
    ['../', 'shared/notes.md'],
    ['/', 'work/main'],
    ['see is', 'sue 12'],
    ['https://registry', '.example.com'],
    ['www.npmjs', '.com'],
    ['// TO', 'DO: later'],
  ])('"%s%s" would be found', (...parts) => {
    const text = parts.join('');
    const found = Object.values(words)
      .flat()
      .some((pattern) => text.search(pattern) !== -1);
    expect(found).toBe(true);
  });

  test.each(Object.entries(words))('holds nothing of %s', async (_, patterns) => {
    const seen: string[] = [];
    for (const file of files) {
      const text = await readTree(file);
      for (const pattern of patterns)
        if (text.search(pattern) !== -1) seen.push(`${file}: ${String(pattern)}`);
    }
    expect(seen).toEqual([]);
  });
});

describe('package.json', () => {
  test('pins every version', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test('has all parts of Prisma at one version', () => {
    const { dependencies, devDependencies } = manifest;
    const parts = [
      dependencies['@prisma/client'],
      dependencies['@prisma/adapter-pg'],
      dependencies['@prisma/driver-adapter-utils'],
      devDependencies['prisma'],
      dependencies['@prisma/schema-engine-wasm']?.replace(/-.*/, ''),
    ];
    expect(new Set(parts).size).toBe(1);
  });

  test('approves no install script, and has looked at each there is', () => {
    const withScript = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([place]) => place.replace(/^.*node_modules\//, ''));
    expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(withScript)].sort());
    expect(Object.values(manifest.allowScripts)).not.toContain(true);
  });

  test('has a line of help for every script', () => {
    const help = execFileSync(process.execPath, [path.join(ROOT, 'scripts', 'help.mjs')], {
      encoding: 'utf8',
    });
    const described = Array.from(help.matchAll(/^ {2}(\S+) {2}/gm), ([, name]) => name);
    expect(described.sort()).toEqual(Object.keys(manifest.scripts).sort());
  });
});

describe('package-lock.json', () => {
  const places = Object.keys(lock.packages);

  test('names no place to download from', () => {
    expect(places.length).toBeGreaterThan(100);
    expect(places.filter((place) => lock.packages[place]?.resolved !== undefined)).toEqual([]);
  });

  // npm leaves out what its registry does not have, without a word, and `npm ci` then refuses the file everywhere.
  test('holds the packages of every platform', () => {
    const named = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies));
    const missing = named.filter((name) => !places.some((place) => place.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });
});

test.each(['.ci/run', 'bin/kore-sync.js'])('%s can be executed', async (file) => {
  await expect(access(path.join(ROOT, file), constants.X_OK)).resolves.toBeUndefined();
});

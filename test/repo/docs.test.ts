import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { listTree, readTree, ROOT } from './tree.ts';

const files = await listTree();
const documents = files.filter((file) => file.endsWith('.md'));

describe('documents', () => {
  test.each(documents)('%s links to what is there', async (document) => {
    const links = Array.from(
      (await readTree(document)).matchAll(/\]\(([^)\s]+)\)/g),
      ([, link = '']) => link,
    );
    const local = links.filter((link) => !/^(?:https?:|mailto:|#)/.test(link));
    const targets = local.map((link) => path.join(ROOT, path.dirname(document), link.replace(/#.*/, '')));
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });

  test('name files and folders that are there', async () => {
    const missing: string[] = [];
    for (const document of documents) {
      const named = (await readTree(document)).matchAll(
        /`((?:src|jobs|test|docs|prisma|scripts)\/[\w./-]*)`/g,
      );
      for (const [, name = ''] of named) {
        if (!existsSync(path.join(ROOT, name))) missing.push(`${document}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('the README has a line for every folder of src', async () => {
    const readme = await readTree('README.md');
    const described = Array.from(readme.matchAll(/^\| `src\/([^/`]+)\/` /gm), ([, folder]) => folder);
    const folders = new Set(files.flatMap((file) => /^src\/([^/]+)\//.exec(file)?.[1] ?? []));
    expect(described.sort()).toEqual([...folders].sort());
  });

  test('decisions are numbered without a gap, say the same number inside, and have the same parts', async () => {
    const decisions = files.filter((file) => file.startsWith('docs/decisions/'));
    for (const [index, file] of decisions.entries()) {
      const number = index + 1;
      const text = await readTree(file);
      expect(path.basename(file)).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
      expect(text).toMatch(new RegExp(`^# ${number}\\. `));
      const parts = Array.from(text.matchAll(/^## (.*)$/gm), ([, part]) => part);
      expect(parts).toEqual(['Context', 'Choice', 'Cost', 'Revisit when']);
    }
  });
});

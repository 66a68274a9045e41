import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The lint of `npm run check:lint` without what needs types: the whole tree takes a moment. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  ],
});

async function lint(file: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: path.join(ROOT, file) });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
}

const CLOCK = /core\/ has no clock: take the instant/;
const ENVIRONMENT = /Only src\/config\/config\.ts reads the environment/;

describe('bans', () => {
  test('the whole tree keeps to them', async () => {
    const results = await eslint.lintFiles(['src', 'jobs']);
    const seen = results.flatMap(({ filePath, messages }) =>
      messages.map(({ line, message }) => `${path.relative(ROOT, filePath)}:${line} ${message}`),
    );
    expect(results.length).toBeGreaterThan(50);
    expect(seen).toEqual([]);
  });

  test.each([
    ['Date.now', 'src/core/planted.ts', 'export const now = Date.now();', CLOCK],
    ['new Date()', 'src/core/planted.ts', 'export const now = new Date();', CLOCK],
    ['Date()', 'src/core/planted.ts', 'export const now = Date();', CLOCK],
    ['performance', 'src/core/planted.ts', 'export const now = performance.now();', CLOCK],
    ['a timer', 'src/core/planted.ts', 'setTimeout(() => undefined);', CLOCK],
    [
      'Math.random',
      'src/core/planted.ts',
      'export const chance = Math.random();',
      /a source of random numbers/,
    ],
    ['crypto', 'src/core/planted.ts', 'export const id = crypto.randomUUID();', /no random bytes/],
    ['process', 'src/core/planted.ts', 'export const { pid } = process;', /knows no process/],
    ['fetch', 'src/core/planted.ts', "await fetch('');", /return a value/],
    ['console', 'src/core/planted.ts', "console.log('');", /log it, which redacts/],
    ['console', 'src/sync/planted.ts', "console.log('');", /log it, which redacts/],
    ['process.env', 'src/sync/planted.ts', 'export const home = process.env;', ENVIRONMENT],
    ['a destructured process.env', 'src/sync/planted.ts', 'export const { env } = process;', ENVIRONMENT],
    ['process.env', 'jobs/planted.ts', "export const home = process.env['HOME'];", ENVIRONMENT],
    ['a default export', 'src/core/planted.ts', 'export default 1;', /named export/],
    ['a default export', 'test/planted.ts', 'export default 1;', /named export/],
    ['a barrel', 'src/sync/planted.ts', "export * from './other.ts';", /No barrels/],
    ['an export of an import', 'src/sync/planted.ts', "export { a } from './other.ts';", /No barrels/],
    ['==', 'test/planted.ts', 'export const same = 1 == 2;', /===/],
    ['301 lines', 'src/sync/planted.ts', '//\n'.repeat(301), /too many lines/],
    [
      'a function of 51 lines',
      'jobs/planted.ts',
      `export function f() {${'\n'.repeat(50)}}`,
      /too many lines/,
    ],
  ])('%s in %s is refused', async (_, file, code, message) => {
    expect(await lint(file, code)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['process.env', 'src/config/config.ts', 'export const { env } = process;'],
    [
      'an instant that was given',
      'src/core/planted.ts',
      'export const at = (text: string) => new Date(text);',
    ],
    ['the clock', 'src/queue/planted.ts', 'export const now = Date.now();'],
    ['a default export', 'vitest.config.ts', 'export default {};'],
  ])('%s in %s is allowed', async (_, file, code) => {
    expect(await lint(file, code)).toEqual([]);
  });
});

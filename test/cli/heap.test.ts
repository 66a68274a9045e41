import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { HOOKS } from '../support/entry-points.ts';

const SCRIPT = fileURLToPath(new URL('heap-process.ts', import.meta.url));

/** The most bytes that lay in the old generation of a command which keeps the latest of what it makes. */
async function measure(env: Readonly<Record<string, string>>): Promise<number> {
  const args = ['--import', HOOKS, SCRIPT, '--help'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  expect(stderr).toBe('');
  return Number(stdout.trim().split('\n').at(-1));
}

it('of a command is collected sooner than V8 would by itself, without a word', async () => {
  const [asIs, leftToV8] = [await measure({}), await measure({ LEFT_TO_V8: '1' })];
  expect(asIs).toBeGreaterThan(0);
  expect(asIs).toBeLessThan(leftToV8 * 0.9);
});

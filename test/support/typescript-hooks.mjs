// Lets a plain `node --import` run the sources as they are, for tests that need processes of their own. Newer
// versions of Node do so by themselves. The transformer is the one vitest brings: loading the TypeScript
// compiler instead would take each process most of a second.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transformSync } from 'rolldown/utils';

if (isMainThread && !process.features.typescript) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const file = fileURLToPath(url);
  const { code, errors } = transformSync(file, await readFile(file, 'utf8'), { target: 'node20' });
  if (errors.length > 0) throw new Error(`${file} cannot be transformed: ${errors[0].message}`);
  return { format: 'module', source: code, shortCircuit: true };
}

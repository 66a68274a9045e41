import { fileURLToPath } from 'node:url';

/** What a process of its own imports first, to run the sources as they are. */
export const HOOKS = fileURLToPath(new URL('typescript-hooks.mjs', import.meta.url));
export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

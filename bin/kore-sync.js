#!/usr/bin/env node
// A checkout is built on first use and after a change; what is installed elsewhere comes built.
import { existsSync } from 'node:fs';

const build = new URL('../scripts/build.mjs', import.meta.url);
if (existsSync(build)) {
  const { buildIfNeeded } = await import(build.href);
  if (!buildIfNeeded()) process.exit(1);
}
await import('../dist/src/main.js');

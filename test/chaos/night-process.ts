// A process that is ready for a night before it is told about it, by a line of JSON on its standard input, and ends
// when the night has. Unlike the command it gives lost jobs up for lost after a second, not half a minute.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { openApp } from '../../src/app.ts';
import { runSync } from '../../src/cli/run-sync.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { SILENT_VIEW } from '../support/silent-view.ts';
import { IMPATIENT } from './impatient.ts';

const { signal } = new AbortController();

process.stdout.write('ready\n');
const line = await once(createInterface(process.stdin), 'line').then(String);
const env = z.record(z.string(), z.string()).parse(JSON.parse(line));
const app = await openApp(parseSyncConfig(env, { cwd: process.cwd(), isRoot: false }), IMPATIENT);
try {
  await runSync(app, SILENT_VIEW, { dryRun: false, signal });
} finally {
  await app.close();
}
process.exit();

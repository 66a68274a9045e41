import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const COMMAND = 'apt-get install -y chromium';

/** A browser on PATH; without one the suites that need it are skipped, aloud. */
export async function findBrowser(): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const program of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const usable = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return program;
  }
  const missing = `none of ${NAMES.join(', ')} on PATH`;
  if (process.env['CI'] === 'true') throw new Error(`The browser suites cannot run: ${missing}. ${COMMAND}`);
  process.stderr.write(`\n!!! BROWSER SUITES SKIPPED: ${missing}. To run them: ${COMMAND} !!!\n\n`);
  return null;
}

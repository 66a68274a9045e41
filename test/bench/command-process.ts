import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { finished } from 'node:stream/promises';
import { buildProgram } from '../../src/cli/program.ts';
import { serveParent } from './child.ts';
import { commandOrderSchema, type CommandOrder, type CommandRun } from './command-run.ts';
import { readPeakRss } from './peak-rss.ts';

/** One command of `kore-sync`, its output thrown away. */
async function run({ args, databaseUrl }: CommandOrder): Promise<CommandRun> {
  process.env['DATABASE_URL'] = databaseUrl;
  const stdout = createWriteStream(devNull);
  const begunAt = performance.now();
  const program = buildProgram({ stdout, stderr: createWriteStream(devNull) }, (code) => {
    if (code !== 0) throw new Error(`'${args.join(' ')}' ended with ${code}`);
  });
  await program.parseAsync(args, { from: 'user' });
  stdout.end();
  await finished(stdout);
  return {
    seconds: (performance.now() - begunAt) / 1000,
    bytes: stdout.bytesWritten,
    peakRssBytes: await readPeakRss(),
  };
}

await serveParent((message) => run(commandOrderSchema.parse(message)));

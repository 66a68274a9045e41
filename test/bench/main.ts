import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { untilSignalled } from '../../src/cli/signals.ts';
import { compareAt, measureNaive, type Bench, type Result } from './cases.ts';
import { describeFigures, judge, toFigures } from './report.ts';
import { openServers } from './servers.ts';

interface Options {
  readonly users: readonly number[];
  readonly repeat?: number;
  readonly quick?: boolean;
  readonly json?: string;
  readonly markdown?: boolean;
}

const QUICK_USERS = [10_000];
const NAIVE_USERS = { quick: 250, thorough: 1_000 } as const;
/** Up to so many users a night is short, and one slow second spoils it. */
const SHORT_NIGHT = 10_000;

const { stdout, stderr } = TERMINAL;

async function runBench(options: Options, signal: AbortSignal): Promise<void> {
  const { quick = false, users: sizes } = options;
  const servers = await openServers();
  const bench: Bench = { servers, signal, onProgress: (text) => printLine(stderr, text) };
  try {
    if (servers.redisUrl === null)
      bench.onProgress('No Redis (REDIS_URL, redis-server on PATH): not measured.');
    const results: Result[] = [];
    results.push(...(await measureNaive(bench, quick ? NAIVE_USERS.quick : NAIVE_USERS.thorough)));
    for (const users of quick ? QUICK_USERS : sizes) {
      const repeat = options.repeat ?? (users > SHORT_NIGHT || quick ? 1 : 3);
      results.push(...(await compareAt(bench, users, repeat)));
    }
    await report(options, results, describeMachine(servers.postgresVersion));
  } finally {
    await servers.close();
  }
}

async function report({ json, markdown = false }: Options, results: readonly Result[], machine: string) {
  const figures = results.map(toFigures);
  printLine(stdout, `${machine}\n\n${describeFigures(figures, markdown)}`);
  if (json === undefined) return;
  await writeFile(json, `${JSON.stringify({ machine, figures, goals: judge(figures), results }, null, 2)}\n`);
}

function describeMachine(postgresVersion: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  return `${date}: ${processor}, ${memory}, ${platform()} ${arch()}, Node ${process.versions.node}, PostgreSQL ${postgresVersion}.`;
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('Expected whole numbers from 1.');
  return Number(text);
}

await new Command('bench')
  .description('the product beside a naive script and a floor, against a simulated account')
  .option(
    '--users <numbers>',
    'sizes of the account',
    (text) => text.split(',').map(parseNumber),
    [10_000, 100_000],
  )
  .option('--repeat <times>', 'take the median of so many; unset: 3 up to 10,000 users, else 1', parseNumber)
  .option('--quick', 'about a minute: 10,000 users once')
  .option('--json <file>', 'write all there is to a file')
  .option('--markdown', 'print Markdown, as docs/benchmarks.md has it')
  .action((options: Options) => untilSignalled((signal) => runBench(options, signal)))
  .parseAsync();

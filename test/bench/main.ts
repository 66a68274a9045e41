import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { withBench, type Bench } from './bench.ts';
import { CASES, runCases, type Case, type Found } from './cases.ts';
import { judge } from './goals.ts';
import { parseNumber } from './parse-number.ts';
import { describePicture } from './picture.ts';
import { describeFindings } from './report.ts';
import type { Queue } from './series.ts';

interface Options {
  readonly users: readonly number[];
  readonly only: readonly Case[];
  readonly queue: Queue | 'both';
  readonly repeat?: number;
  readonly quick?: boolean;
  readonly json?: string;
  readonly picture?: string;
  readonly markdown?: boolean;
}

const { stdout } = TERMINAL;

async function runBench(bench: Bench, options: Options): Promise<void> {
  const { servers } = bench;
  if (servers.redisUrl === null) {
    bench.onProgress('No Redis (REDIS_URL, redis-server on PATH): not measured.');
  }
  const { quick = false, queue, repeat } = options;
  const queues: readonly Queue[] = queue === 'both' ? ['redis', 'postgres'] : [queue];
  const found = await runCases(bench, {
    ...options,
    quick,
    queues: queues.filter((each) => each === 'postgres' || servers.redisUrl !== null),
    repeat: repeat ?? null,
  });
  await report(options, found, describeMachine(servers.postgresVersion));
}

async function report({ json, picture, markdown = false }: Options, found: Found, machine: string) {
  const { results, findings } = found;
  printLine(stdout, `${machine}\n\n${describeFindings(findings, results, markdown)}`);
  if (json !== undefined) {
    const all = { machine, ...findings, goals: judge(findings), results };
    await writeFile(json, `${JSON.stringify(all, null, 2)}\n`);
  }
  if (picture !== undefined) await writeFile(picture, describePicture(results, machine));
}

function describeMachine(postgresVersion: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  return `${date}: ${processor}, ${memory}, ${platform()} ${arch()}, Node ${process.versions.node}, PostgreSQL ${postgresVersion}.`;
}

function parseCases(text: string): readonly Case[] {
  return text.split(',').map((name) => {
    const found = CASES.find((known) => known === name);
    if (found === undefined) throw new InvalidArgumentError(`Expected some of ${CASES.join(', ')}.`);
    return found;
  });
}

await new Command('bench')
  .description('the product beside a naive script and a floor, against a simulated account')
  .option(
    '--users <numbers>',
    'sizes of the account, separated by commas',
    (text) => text.split(',').map(parseNumber),
    [10_000, 100_000],
  )
  .option('--only <cases>', `some of ${CASES.join(', ')}, separated by commas`, parseCases, CASES)
  .addOption(
    new Option('--queue <queue>', 'where the queue is')
      .choices(['redis', 'postgres', 'both'])
      .default('both'),
  )
  .option('--repeat <times>', 'take the median of so many; unset: 3 up to 10,000 users, else 1', parseNumber)
  .option('--quick', 'about a minute: 10,000 users once, on one queue, and no waiting')
  .option('--json <file>', 'write all there is to a file')
  .option('--picture <file>', 'draw where the nights of the largest account went, as SVG')
  .option('--markdown', 'print Markdown, as docs/benchmarks.md has it')
  .action((options: Options) => withBench((bench) => runBench(bench, options)))
  .parseAsync();

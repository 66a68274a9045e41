import { Command } from 'commander';
import type pg from 'pg';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { withBench, withClient, type Bench } from './bench.ts';
import { describeMarkdown } from './markdown.ts';
import { parseNumber } from './parse-number.ts';
import { QUESTIONS, type Question } from './questions.ts';
import { writeYear } from './year.ts';

const TIMES = 11;
const { stdout } = TERMINAL;

interface Measured extends Question {
  readonly rows: number;
  readonly firstMs: number;
  readonly medianMs: number;
}

/** A directory with its year, and how long each question takes: from the client, planning and transfer included. */
async function runHistory(bench: Bench, users: number, nights: number): Promise<void> {
  const { servers, onProgress } = bench;
  const measured = await withClient(bench, await servers.createDatabase(), async (client) => {
    onProgress(`${users} users, ${nights} nights: writing takes a while`);
    await writeYear(client, { users, nights, churn: 0.01 });
    await client.query('VACUUM (ANALYZE)');
    const answered: Measured[] = [];
    for (const question of QUESTIONS) answered.push(await measure(client, question));
    return answered;
  });
  printLine(stdout, `${users} users, ${nights} nights, PostgreSQL ${servers.postgresVersion}.\n`);
  printLine(stdout, describe(measured));
}

async function measure(client: pg.Client, question: Question): Promise<Measured> {
  const taken: number[] = [];
  let rows = 0;
  for (let time = 0; time < TIMES; time += 1) {
    const startedAt = performance.now();
    const result = await client.query({ text: question.sql, rowMode: 'array' });
    taken.push(performance.now() - startedAt);
    rows = result.rows.length;
  }
  const [firstMs = NaN, ...again] = taken;
  const medianMs = again.sort((a, b) => a - b)[Math.floor(again.length / 2)] ?? NaN;
  return { ...question, rows, firstMs, medianMs };
}

function describe(measured: readonly Measured[]): string {
  const head = ['question', 'rows', 'first ms', 'median ms', 'at most'];
  const rows = measured.map(({ what, rows, firstMs, medianMs, limitMs }) => [
    what,
    rows.toLocaleString('en-US'),
    firstMs.toFixed(1),
    medianMs.toFixed(1),
    limitMs === null ? '' : String(limitMs),
  ]);
  return describeMarkdown([head, ...rows]);
}

await new Command('bench:history')
  .description('how long questions take in a directory with a year of nights')
  .option('--users <number>', 'people, with three roles each', parseNumber, 1_000_000)
  .option('--nights <number>', 'nights with 1% churn', parseNumber, 365)
  .action(({ users, nights }: { users: number; nights: number }) =>
    withBench((bench) => runHistory(bench, users, nights)),
  )
  .parseAsync();

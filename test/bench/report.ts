import { describeTable } from '../../src/report/table.ts';
import { judge, type Findings } from './goals.ts';
import type { Figures } from './figures.ts';
import { describeMarkdown, type Table } from './markdown.ts';
import { PARTS } from './processor-clock.ts';
import type { Result } from './series.ts';

/** What was measured, where the product's nights went, and the goals; as Markdown, or framed for a terminal. */
export function describeFindings(
  findings: Findings,
  results: readonly Result[],
  asMarkdown: boolean,
): string {
  const tables = [
    tabulateFigures(findings.figures),
    tabulatePhases(results),
    tabulateLatency(findings),
    tabulateRate(findings),
    tabulateGoals(findings),
  ];
  return tables
    .filter(([, ...rows]) => rows.length > 0)
    .map(([head, ...rows]) => (asMarkdown ? describeMarkdown([head, ...rows]) : describeTable(head, rows)))
    .join('\n\n');
}

function tabulateFigures(figures: readonly Figures[]): Table {
  return [
    [
      'who',
      'queue',
      'night',
      'users',
      'users/s',
      '× naive',
      '× floor',
      'peak MiB',
      'WAL B/user',
      'publish s',
      'answer → published s',
      'longest read ms',
    ],
    ...figures.map((each) => [
      each.contender,
      each.queue ?? '',
      each.night,
      count(each.users),
      count(each.usersPerSecond),
      short(each.timesNaive),
      short(each.timesFloor),
      count(each.peakRssBytes / 2 ** 20),
      count(each.walBytesPerUser),
      short(each.publishSeconds),
      short(each.lastAnswerToPublishedSeconds),
      each.longestReadSeconds === null ? '' : count(each.longestReadSeconds * 1000),
    ]),
  ];
}

/** Processor seconds, of the first round. What takes less than a hundredth of its night is left out. */
function tabulatePhases(results: readonly Result[]): Table {
  const rows = results
    .filter(({ contender }) => contender === 'product')
    .flatMap(({ queue, night, users, measurements: [first] }) =>
      (first?.phases ?? [])
        .filter(({ seconds }) => seconds >= (first?.seconds ?? 0) / 100)
        .map(({ name, seconds, processor }) => [
          queue ?? '',
          night,
          count(users),
          name,
          short(seconds),
          ...PARTS.map((part) => short(processor?.[part] ?? null)),
        ]),
    );
  return [['queue', 'night', 'users', 'phase', 'seconds', ...PARTS], ...rows];
}

function tabulateLatency({ latency }: Findings): Table {
  return [
    ['workers', 'calls', 'calls/s', 'of possible'],
    ...latency.map(({ workers, calls, callsPerSecond, ofPossible }) => [
      count(workers),
      count(calls),
      short(callsPerSecond),
      short(ofPossible),
    ]),
  ];
}

function tabulateRate({ rate }: Findings): Table {
  return [
    ['queue', 'calls', 'seconds', 'least possible', 'refused'],
    ...rate.map(({ queue, calls, seconds, leastSeconds, refused }) => [
      queue,
      count(calls),
      seconds.toFixed(2),
      leastSeconds.toFixed(2),
      count(refused),
    ]),
  ];
}

function tabulateGoals(findings: Findings): Table {
  return [
    ['goal', 'seen', 'expected', 'met'],
    ...judge(findings).map(({ what, seen, bound, expected, met }) => [
      what,
      short(seen),
      `${bound} ${short(expected)}`,
      met ? 'yes' : 'no',
    ]),
  ];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function short(value: number | null): string {
  if (value === null) return '';
  return value >= 10 || Number.isInteger(value) ? count(value) : value.toFixed(2);
}

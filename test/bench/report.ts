import { describeTable } from '../../src/report/table.ts';
import type { Measurement } from './contender.ts';
import type { Night, Result } from './cases.ts';

/** A result by its medians. */
export interface Figures {
  readonly contender: string;
  readonly queue: string | null;
  readonly night: Night;
  readonly users: number;
  readonly usersPerSecond: number;
  readonly peakRssBytes: number;
  readonly walBytes: number;
  readonly walBytesPerUser: number;
}

export interface Goal {
  readonly what: string;
  readonly seen: number;
  readonly expected: number;
}

export function toFigures({ measurements, ...result }: Result): Figures {
  const walBytes = median(measurements, ({ walBytes }) => walBytes);
  return {
    ...result,
    usersPerSecond: result.users / median(measurements, ({ seconds }) => seconds),
    peakRssBytes: median(measurements, ({ peakRssBytes }) => peakRssBytes),
    walBytes,
    walBytesPerUser: walBytes / result.users,
  };
}

/** How the product's speed compares: ratios hold on every machine, seconds on one. */
export function judge(figures: readonly Figures[]): Goal[] {
  const naive = figures.find(({ contender }) => contender === 'naive');
  return figures
    .filter(({ contender }) => contender === 'product')
    .flatMap(({ night, queue, users, usersPerSecond: speed }) => {
      const where = `${night}, ${count(users)} users, queue in ${queue ?? 'none'}`;
      if (night === 'unchanged') return [{ what: `users/s, ${where}`, seen: speed, expected: 15_000 }];
      const floor = figures.find((each) => each.contender === 'floor' && each.users === users);
      return [
        {
          what: `product ÷ naive script, ${where}`,
          seen: speed / (naive?.usersPerSecond ?? NaN),
          expected: 40,
        },
        { what: `product ÷ floor, ${where}`, seen: speed / (floor?.usersPerSecond ?? NaN), expected: 0.5 },
      ];
    });
}

type Table = readonly [head: readonly string[], ...rows: readonly (readonly string[])[]];

/** The figures, then the goals; as Markdown, or framed for a terminal. */
export function describeFigures(figures: readonly Figures[], asMarkdown: boolean): string {
  return [tabulateFigures(figures), tabulateGoals(judge(figures))]
    .map(([head, ...rows]) => (asMarkdown ? describeMarkdown([head, ...rows]) : describeTable(head, rows)))
    .join('\n\n');
}

function tabulateFigures(figures: readonly Figures[]): Table {
  return [
    ['who', 'queue', 'night', 'users', 'users/s', 'peak MiB', 'WAL MB', 'WAL bytes/user'],
    ...figures.map((each) => [
      each.contender,
      each.queue ?? '',
      each.night,
      count(each.users),
      count(each.usersPerSecond),
      count(each.peakRssBytes / 2 ** 20),
      (each.walBytes / 1e6).toFixed(1),
      count(each.walBytesPerUser),
    ]),
  ];
}

function tabulateGoals(goals: readonly Goal[]): Table {
  return [
    ['goal', 'seen', 'expected at least'],
    ...goals.map(({ what, seen, expected }) => [what, short(seen), short(expected)]),
  ];
}

function describeMarkdown([head, ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}

function median(measurements: readonly Measurement[], pick: (measurement: Measurement) => number): number {
  const sorted = measurements.map(pick).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function short(value: number): string {
  return value >= 10 ? count(value) : value.toFixed(2);
}

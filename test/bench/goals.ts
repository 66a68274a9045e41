import type { Figures } from './figures.ts';
import type { LatencyStep } from './latency.ts';
import { NIGHTS, type Night } from './nights.ts';
import type { RateNight } from './rate.ts';

/** All that was measured. */
export interface Findings {
  readonly figures: readonly Figures[];
  readonly latency: readonly LatencyStep[];
  readonly rate: readonly RateNight[];
}

export interface Goal {
  readonly what: string;
  readonly seen: number;
  readonly bound: 'at least' | 'at most';
  readonly expected: number;
  readonly met: boolean;
}

/** What a night of the product must hold. */
interface Rule {
  readonly what: string;
  readonly nights: readonly Night[];
  readonly seen: (figures: Figures) => number | null;
  readonly bound: Goal['bound'];
  readonly expected: number;
  /** All of them where it is left out. */
  readonly queue?: Figures['queue'];
  readonly users?: number;
}

const ORDINARY = NIGHTS.filter((night) => night !== 'baseline');
const [LEAST, MOST] = ['at least', 'at most'] as const;
const MIB = 2 ** 20;

/** Ratios hold on every machine, the rest on two cores with the account beside the product. */
const RULES: readonly Rule[] = [
  {
    what: 'product ÷ naive script',
    nights: ['baseline'],
    seen: (f) => f.timesNaive,
    bound: LEAST,
    expected: 60,
  },
  { what: 'product ÷ floor', nights: ['baseline'], seen: (f) => f.timesFloor, bound: LEAST, expected: 0.5 },
  { what: 'users/s', nights: ['baseline'], seen: (f) => f.usersPerSecond, bound: LEAST, expected: 5_000 },
  { what: 'users/s', nights: ['unchanged'], seen: (f) => f.usersPerSecond, bound: LEAST, expected: 20_000 },
  { what: 'users/s', nights: ['logins'], seen: (f) => f.usersPerSecond, bound: LEAST, expected: 10_000 },
  {
    what: 'WAL bytes a user',
    nights: ['unchanged'],
    seen: (f) => f.walBytesPerUser,
    bound: MOST,
    expected: 200,
    queue: 'redis',
  },
  { what: 'seconds of publish', nights: ['churn'], seen: (f) => f.publishSeconds, bound: MOST, expected: 5 },
  {
    what: 'seconds from the last answer to published',
    nights: ORDINARY,
    seen: (f) => f.lastAnswerToPublishedSeconds,
    bound: MOST,
    expected: 1,
    users: 10_000,
  },
];

/** What the worst of the product's nights must hold, of each size and queue. */
const WORST: readonly Pick<Rule, 'what' | 'seen' | 'expected'>[] = [
  {
    // Nobody waits for a lock, which a publication would hold to its end; for one's turn on two busy processors one does.
    what: 'longest wait of a reader, ms',
    seen: (f) => (f.longestReadSeconds === null ? null : f.longestReadSeconds * 1000),
    expected: 250,
  },
  { what: 'peak MiB', seen: (f) => f.peakRssBytes / MIB, expected: 256 },
];

export function judge({ figures, latency, rate }: Findings): Goal[] {
  const nights = figures.filter(({ contender }) => contender === 'product');
  return [
    ...RULES.flatMap((rule) => judgeNights(rule, nights)),
    ...judgeWorst(nights),
    ...judgeGrowth(nights),
    ...latency.map(({ workers, ofPossible }) =>
      toGoal(`calls/s ÷ possible, 200 ms a call, ${workers} × 4 at a time`, ofPossible, LEAST, 0.9),
    ),
    ...rate.flatMap(({ queue, timesLeast, refused }) => [
      toGoal(`time ÷ least possible within both limits, queue in ${queue}`, timesLeast, MOST, 1.05),
      toGoal(`calls refused within both limits, queue in ${queue}`, refused, MOST, 0),
    ]),
  ];
}

function judgeNights(rule: Rule, nights: readonly Figures[]): Goal[] {
  return nights.flatMap((figures) => {
    const { night, queue, users } = figures;
    const seen = rule.seen(figures);
    const applies =
      rule.nights.includes(night) &&
      [queue, undefined].includes(rule.queue) &&
      [users, undefined].includes(rule.users);
    if (!applies || seen === null) return [];
    const where = `${night}, ${users.toLocaleString('en-US')} users, queue in ${queue ?? 'none'}`;
    return [toGoal(`${rule.what}, ${where}`, seen, rule.bound, rule.expected)];
  });
}

function judgeWorst(nights: readonly Figures[]): Goal[] {
  const worst = new Map<string, Goal>();
  for (const { what, seen, expected } of WORST) {
    for (const figures of nights) {
      const where = `${what}, ${figures.users.toLocaleString('en-US')} users, queue in ${figures.queue ?? 'none'}`;
      const value = Math.max(seen(figures) ?? 0, worst.get(where)?.seen ?? 0);
      worst.set(where, toGoal(where, value, MOST, expected));
    }
  }
  return [...worst.values()];
}

/** Memory does not grow with the directory (I11): the two largest that were measured, on each queue. */
function judgeGrowth(nights: readonly Figures[]): Goal[] {
  const sizes = [...new Set(nights.map(({ users }) => users))].sort((a, b) => b - a);
  const [larger, smaller] = sizes;
  if (larger === undefined || smaller === undefined) return [];
  return [...new Set(nights.map(({ queue }) => queue))].map((queue) => {
    const peakOf = (size: number): number =>
      Math.max(...nights.filter((f) => f.queue === queue && f.users === size).map((f) => f.peakRssBytes));
    const [more, fewer] = [larger, smaller].map((size) => size.toLocaleString('en-US'));
    const what = `peak memory at ${more} users ÷ at ${fewer}, queue in ${queue ?? 'none'}`;
    return toGoal(what, peakOf(larger) / peakOf(smaller), MOST, 1.15);
  });
}

function toGoal(what: string, seen: number, bound: Goal['bound'], expected: number): Goal {
  return { what, seen, bound, expected, met: bound === 'at least' ? seen >= expected : seen <= expected };
}

import type { Bench } from './bench.ts';
import { toFigures } from './figures.ts';
import type { Findings } from './goals.ts';
import { measureLatency, type LatencyStep } from './latency.ts';
import { measureRate, type RateNight } from './rate.ts';
import { measureNights, Results, type Entrant, type Queue, type Result } from './series.ts';

/** `product`, `floor` and `naive` go through the same nights; the others are nights of the product alone. */
export const CASES = ['product', 'floor', 'naive', 'latency', 'rate'] as const;
export type Case = (typeof CASES)[number];

export interface Choice {
  readonly only: readonly Case[];
  /** Those there are. */
  readonly queues: readonly Queue[];
  readonly users: readonly number[];
  /** Null: what suits the size. */
  readonly repeat: number | null;
  readonly quick: boolean;
}

export interface Found {
  readonly results: readonly Result[];
  readonly findings: Findings;
}

const QUICK_USERS = [10_000];
/** Its speed does not depend on their number, and it takes its time. */
const NAIVE_USERS = { quick: 100, thorough: 1_000 } as const;
/** Up to so many users a night is short, and one slow second spoils it. */
const SHORT_NIGHT = 10_000;

/** Runs what was chosen, one after another. */
export async function runCases(bench: Bench, choice: Choice): Promise<Found> {
  const { only, quick } = choice;
  const queues = quick ? choice.queues.slice(0, 1) : choice.queues;
  const waits = (name: Case): boolean => only.includes(name) && !quick;
  const results = new Results();
  if (only.includes('naive')) {
    const entrant = { contender: 'naive', queue: null } as const;
    await announceNights(bench, entrant, quick ? NAIVE_USERS.quick : NAIVE_USERS.thorough, results);
  }
  for (const users of quick ? QUICK_USERS : choice.users) {
    const repeat = choice.repeat ?? (users > SHORT_NIGHT || quick ? 1 : 3);
    for (let round = 1; round <= repeat; round += 1) {
      for (const entrant of listEntrants(only, queues)) await announceNights(bench, entrant, users, results);
    }
  }
  const latency: LatencyStep[] = [];
  if (waits('latency') && queues.includes('redis')) latency.push(...(await measureLatency(bench)));
  const rate: RateNight[] = [];
  if (waits('rate')) for (const queue of queues) rate.push(await measureRate(bench, queue));
  return { results: results.list, findings: { figures: toFigures(results.list), latency, rate } };
}

function listEntrants(only: readonly Case[], queues: readonly Queue[]): Entrant[] {
  return [
    ...(only.includes('product') ? queues.map((queue) => ({ contender: 'product', queue }) as const) : []),
    ...(only.includes('floor') ? [{ contender: 'floor', queue: null } as const] : []),
  ];
}

async function announceNights(
  bench: Bench,
  entrant: Entrant,
  users: number,
  results: Results,
): Promise<void> {
  const { contender, queue } = entrant;
  bench.onProgress(`${contender}${queue === null ? '' : ` with its queue in ${queue}`}, ${users} users`);
  await measureNights(bench, entrant, users, results);
}

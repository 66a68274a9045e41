import { PARTS, type Part, type ProcessorSample } from './processor-clock.ts';

export const PHASES = ['open', 'fetch', 'plan', 'publish', 'rest'] as const;
export type PhaseName = (typeof PHASES)[number];

/** One stretch of a night. */
export interface Phase {
  readonly name: PhaseName;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  /** Null where it could not be measured. */
  readonly processor: Readonly<Record<Part, number>> | null;
}

/** Milliseconds since 1970. */
export interface Milestones {
  readonly startedAt: number;
  readonly firstCallAt: number;
  readonly lastAnswerAt: number;
  /** Null for those who do not plan: whatever follows the last answer is then the rest. */
  readonly plannedAt: number | null;
  readonly publishedAt: number | null;
  readonly endedAt: number;
}

/** Cuts a night into what was done between its milestones, and tells what each part of the machine did meanwhile. */
export function cutPhases(milestones: Milestones, samples: readonly ProcessorSample[]): Phase[] {
  const { startedAt, firstCallAt, lastAnswerAt, plannedAt, publishedAt, endedAt } = milestones;
  const ends: Readonly<Record<PhaseName, number | null>> = {
    open: firstCallAt,
    fetch: lastAnswerAt,
    plan: plannedAt,
    publish: publishedAt,
    rest: endedAt,
  };
  const phases: Phase[] = [];
  let from = startedAt;
  for (const name of PHASES) {
    const end = ends[name];
    if (end === null) continue;
    // Two clocks: a millisecond may seem to run backwards.
    const until = Math.max(from, end);
    const processor = readBetween(samples, from, until);
    phases.push({ name, startedAt: from, seconds: (until - from) / 1000, processor });
    from = until;
  }
  return phases;
}

export function findPhase(phases: readonly Phase[], at: number): PhaseName {
  return phases.findLast(({ startedAt }) => startedAt <= at)?.name ?? 'open';
}

function readBetween(samples: readonly ProcessorSample[], from: number, until: number): Phase['processor'] {
  if (samples.length < 2) return null;
  const share = { contender: 0, postgres: 0, redis: 0, tenant: 0, reader: 0 };
  for (const part of PARTS) share[part] = readAt(samples, until, part) - readAt(samples, from, part);
  return share;
}

/** Between two samples as if it had been taken evenly; before the first and after the last as they say. */
function readAt(samples: readonly ProcessorSample[], at: number, part: Part): number {
  const after = samples.findIndex((sample) => sample.at >= at);
  const right = samples[after] ?? samples.at(-1);
  const left = samples[Math.max(0, after - 1)] ?? right;
  if (left === undefined || right === undefined) return 0;
  const [before, then] = [left.seconds[part], right.seconds[part]];
  if (right.at <= left.at || after === -1) return then;
  return before + ((then - before) * Math.max(0, at - left.at)) / (right.at - left.at);
}

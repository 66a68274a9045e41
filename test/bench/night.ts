import type { Bench } from './bench.ts';
import { startChild, type Child } from './child.ts';
import { nightRunSchema, type Assignment, type ContenderOrder, type NightRun } from './contender.ts';
import { cutPhases, findPhase, type Phase, type PhaseName } from './phases.ts';
import { startProcessorClock, type ProcessorSample } from './processor-clock.ts';
import { startReader, type BenchReader, type ReaderAnswer } from './reader.ts';
import type { BenchTenant } from './tenant.ts';
import type { Calls } from './tenant-orders.ts';

/** One night of one contender, as it was measured. */
export interface Measurement {
  /** From the roster to published, or to everything committed. */
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly walBytes: number;
  readonly phases: readonly Phase[];
  /** What the product alone has. */
  readonly publication: Publication | null;
}

interface Publication {
  readonly changes: number;
  /** From the plan to the end of the transaction that makes it the truth. */
  readonly publishSeconds: number;
  readonly lastAnswerToPublishedSeconds: number;
  /** The longest wait of somebody who looked into the directory meanwhile, for what, and in which phase they asked. */
  readonly longestRead: {
    readonly seconds: number;
    readonly phase: PhaseName;
    readonly question: string;
  };
}

/** Runs a contender's night in a process of its own and measures it from outside; a reader goes beside the product's. */
export async function measureNight(
  bench: Bench,
  tenant: BenchTenant,
  assignment: Assignment,
): Promise<Measurement> {
  const contender = startChild('contender-process.js', bench.signal);
  await order(contender, { order: 'open', assignment });
  const reader = await openReader(bench, tenant, assignment);
  const stopClock = startProcessorClock({
    contender: { roots: [contender.pid] },
    postgres: { roots: bench.servers.pids.postgres, without: reader?.backendPids ?? [] },
    redis: { roots: bench.servers.pids.redis },
    tenant: { roots: [tenant.pid] },
    reader: { roots: [...(reader?.pids ?? []), ...(reader?.backendPids ?? [])] },
  });
  const night = nightRunSchema.parse(await order(contender, { order: 'run' }));
  const samples = stopClock();
  const longest = (await reader?.stop()) ?? null;
  await contender.end();
  return toMeasurement(night, await tenant.tellCalls(), samples, longest);
}

/** A night that has to be, with nobody looking on. */
export async function runNight({ signal }: Bench, assignment: Assignment): Promise<NightRun> {
  const contender = startChild('contender-process.js', signal);
  await order(contender, { order: 'open', assignment });
  const night = nightRunSchema.parse(await order(contender, { order: 'run' }));
  await contender.end();
  return night;
}

function order(contender: Child, message: ContenderOrder): Promise<unknown> {
  return contender.ask(message);
}

async function openReader(
  bench: Bench,
  { somebody }: BenchTenant,
  { name, databaseUrl }: Assignment,
): Promise<BenchReader | null> {
  return name === 'product' ? startReader(bench, { databaseUrl, somebody }) : null;
}

function toMeasurement(
  { startedAt, endedAt, peakRssBytes, walBytes, run }: NightRun,
  { arrivals, answers }: Calls,
  samples: readonly ProcessorSample[],
  reader: ReaderAnswer | null,
): Measurement {
  const [firstCallAt = startedAt, lastAnswerAt = startedAt] = [arrivals[0], answers.at(-1)];
  const { plannedAt = null, publishedAt = null } = run ?? {};
  const phases = cutPhases(
    { startedAt, firstCallAt, lastAnswerAt, plannedAt, publishedAt, endedAt },
    samples,
  );
  const seconds = (endedAt - startedAt) / 1000;
  if (run === null || reader === null) {
    return { seconds, peakRssBytes, walBytes, phases, publication: null };
  }
  const publication = {
    changes: run.changes,
    publishSeconds: (run.publishedAt - run.plannedAt) / 1000,
    lastAnswerToPublishedSeconds: (run.publishedAt - lastAnswerAt) / 1000,
    longestRead: {
      seconds: reader.ms / 1000,
      phase: findPhase(phases, reader.at),
      question: reader.question,
    },
  };
  return { seconds, peakRssBytes, walBytes, phases, publication };
}

import type { Bench } from './bench.ts';
import { startChild } from './child.ts';
import { assignmentSchema, BATCH_SIZE, CONCURRENCY } from './contender.ts';
import { runNight } from './night.ts';
import { withTenant } from './tenant.ts';

const LATENCY_MS = 200;
const WORKERS = [1, 2, 4, 8];
/** How long a step would take if nothing but the latency did: long enough beside its beginning and its end. */
const STEP_SECONDS = 16;
/** Calls of each hand that count as its start: eight processes on two processors compile their code meanwhile. */
const START = 20;

/** An unchanged night of an account that takes its time, asked by so many worker processes. */
export interface LatencyStep {
  readonly workers: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** `callsPerSecond` ÷ (workers × concurrency ÷ latency). */
  readonly ofPossible: number;
}

/** On Redis, since that is the queue of many machines. */
export async function measureLatency(bench: Bench): Promise<LatencyStep[]> {
  const steps: LatencyStep[] = [];
  for (const workers of WORKERS) {
    bench.onProgress(`${LATENCY_MS} ms a call, ${workers} workers`);
    steps.push(await measureStep(bench, workers));
  }
  return steps;
}

async function measureStep(bench: Bench, workers: number): Promise<LatencyStep> {
  const hands = workers * CONCURRENCY;
  const calls = (hands * STEP_SECONDS * 1000) / LATENCY_MS;
  return withTenant(bench, calls * BATCH_SIZE, async (tenant) => {
    const databaseUrl = await bench.servers.createDatabase();
    const { account, rosterFile } = tenant;
    const { redisUrl } = bench.servers;
    const product = assignmentSchema.parse({ name: 'product', account, rosterFile, databaseUrl, redisUrl });
    await tenant.move('baseline');
    await runNight(bench, product);
    await tenant.move('unchanged');
    await tenant.behave({ latencyMs: LATENCY_MS });
    const processes = Array.from({ length: workers }, () => startChild('worker-process.js', bench.signal));
    await Promise.all(processes.map((process) => process.ask(product)));
    await runNight(bench, { ...product, works: false });
    const { answers } = await tenant.tellCalls();
    await Promise.all(processes.map((process) => process.end()));
    const callsPerSecond = countSteadyRate(answers, hands);
    return { workers, calls, callsPerSecond, ofPossible: (callsPerSecond * LATENCY_MS) / 1000 / hands };
  });
}

/** Without the first answers and the last one of every hand: while they start, and when there is no work left. */
export function countSteadyRate(answers: readonly number[], hands: number): number {
  const steady = answers.slice(START * hands, answers.length - hands);
  const [first, last] = [steady[0], steady.at(-1)];
  if (first === undefined || last === undefined || last <= first) return NaN;
  return ((steady.length - 1) * 1000) / (last - first);
}

import { readFileSync } from 'node:fs';

/** Who takes processor time: the contender, the servers, the account, and the reader with its share of PostgreSQL. */
export const PARTS = ['contender', 'postgres', 'redis', 'tenant', 'reader'] as const;
export type Part = (typeof PARTS)[number];

/** Processor seconds taken since its processes began. */
export type ProcessorSeconds = Readonly<Record<Part, number>>;

/** Processes with all their descendants, but for those that belong to another part. */
export interface ProcessTree {
  readonly roots: readonly number[];
  readonly without?: readonly number[];
}

export interface ProcessorSample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seconds: ProcessorSeconds;
}

const EVERY_MS = 50;
/** `USER_HZ`: what Linux tells to programs, whatever it counts in. */
const TICKS_PER_SECOND = 100;

/** Samples what process trees take until it is told to stop. Nothing where there is no `/proc`. */
export function startProcessorClock(trees: Readonly<Record<Part, ProcessTree>>): () => ProcessorSample[] {
  if (process.platform !== 'linux') return () => [];
  const samples: ProcessorSample[] = [];
  const take = (): void => {
    const seconds = { contender: 0, postgres: 0, redis: 0, tenant: 0, reader: 0 };
    for (const part of PARTS) seconds[part] = readTreeSeconds(trees[part]);
    samples.push({ at: Date.now(), seconds });
  };
  take();
  const timer = setInterval(take, EVERY_MS);
  return () => {
    clearInterval(timer);
    take();
    return samples;
  };
}

export function readTreeSeconds({ roots, without = [] }: ProcessTree): number {
  let ticks = 0;
  const pending = [...roots];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    if (without.includes(pid)) continue;
    ticks += readTicks(pid);
    pending.push(...readChildren(pid));
  }
  return ticks / TICKS_PER_SECOND;
}

/** Of a process and of those of its children that have ended. Nothing of one that has ended itself: its parent counts it. */
function readTicks(pid: number): number {
  const [, , , , , , , , , , , ...times] = readStatus(pid);
  return times.slice(0, 4).reduce((sum, time) => sum + Number(time), 0);
}

/** Null where the process is gone. */
export function readParent(pid: number): number | null {
  const parent = readStatus(pid)[1];
  return parent === undefined ? null : Number(parent);
}

/** The fields after the name, which may hold anything: state, parent, … */
function readStatus(pid: number): readonly string[] {
  const text = readProcess(`/proc/${pid}/stat`);
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readChildren(pid: number): number[] {
  return readProcess(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);
}

/** Empty where the process is gone. */
function readProcess(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

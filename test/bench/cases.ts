import path from 'node:path';
import { z } from 'zod';
import { startChild } from './child.ts';
import { assignmentSchema, measurementSchema, type Assignment, type Measurement } from './contender.ts';
import { checkDirectory } from './directory.ts';
import type { Servers } from './servers.ts';

/** `unchanged`: the night after the baseline, on which nobody changed and nobody logged in. */
export type Night = 'baseline' | 'unchanged';

export interface Result {
  readonly contender: Assignment['name'];
  /** Of the product; the others have no queue. */
  readonly queue: 'redis' | 'postgres' | null;
  readonly night: Night;
  readonly users: number;
  /** One per repetition. */
  readonly measurements: readonly Measurement[];
}

export interface Bench {
  readonly servers: Servers;
  readonly signal: AbortSignal;
  /** Told what is under way. */
  readonly onProgress: (text: string) => void;
}

type Account = Pick<Assignment, 'account' | 'rosterFile'>;

/** Product, both nights, on every queue there is, and the floor, all against one account of so many users. */
export async function compareAt(bench: Bench, users: number, repeat: number): Promise<Result[]> {
  return withAccount(bench, users, async (account) => {
    const { redisUrl } = bench.servers;
    const queues = redisUrl === null ? (['postgres'] as const) : (['redis', 'postgres'] as const);
    const collected = new Collection(users);
    for (let round = 1; round <= repeat; round += 1) {
      bench.onProgress(`${users} users, round ${round} of ${repeat}`);
      for (const queue of queues) await measureProduct(bench, account, queue, collected);
      await measureFloor(bench, account, collected);
    }
    return collected.results();
  });
}

/** The naive script, on fewer users: its speed does not depend on their number, and it takes its time. */
export async function measureNaive(bench: Bench, users: number): Promise<Result[]> {
  return withAccount(bench, users, async (account) => {
    bench.onProgress(`the naive script, ${users} users`);
    const collected = new Collection(users);
    const databaseUrl = await bench.servers.createDatabase();
    const measurement = await measure(bench, { name: 'naive', ...account, databaseUrl, redisUrl: null });
    await checkDirectory(databaseUrl, users);
    collected.add({ contender: 'naive', queue: null, night: 'baseline' }, measurement);
    return collected.results();
  });
}

async function measureProduct(
  bench: Bench,
  account: Account,
  queue: 'redis' | 'postgres',
  collected: Collection,
): Promise<void> {
  const databaseUrl = await bench.servers.createDatabase();
  const redisUrl = queue === 'redis' ? bench.servers.redisUrl : null;
  for (const night of ['baseline', 'unchanged'] as const) {
    const measurement = await measure(bench, { name: 'product', ...account, databaseUrl, redisUrl });
    collected.add({ contender: 'product', queue, night }, measurement);
  }
  collected.check(await checkDirectory(databaseUrl, collected.users));
}

async function measureFloor(bench: Bench, account: Account, collected: Collection): Promise<void> {
  const databaseUrl = await bench.servers.createDatabase();
  const measurement = await measure(bench, { name: 'floor', ...account, databaseUrl, redisUrl: null });
  collected.add({ contender: 'floor', queue: null, night: 'baseline' }, measurement);
  collected.check(await checkDirectory(databaseUrl, collected.users));
}

async function measure({ signal }: Bench, assignment: Assignment): Promise<Measurement> {
  const child = await startChild('contender-process.js', assignment, signal);
  await child.end();
  return measurementSchema.parse(child.answer);
}

const accountSchema = assignmentSchema.shape.account;

async function withAccount<T>(
  { servers, signal }: Bench,
  people: number,
  work: (account: Account) => Promise<T>,
): Promise<T> {
  const rosterFile = path.join(servers.folder, `roster-${people}.txt`);
  const tenant = await startChild('tenant-process.js', { people, rosterFile }, signal);
  try {
    return await work({ account: z.parse(accountSchema, tenant.answer), rosterFile });
  } finally {
    await tenant.end();
  }
}

/** Measurements of the same thing go together, and everybody has to have written the same directory. */
class Collection {
  readonly users: number;
  readonly #results = new Map<string, Result & { readonly measurements: Measurement[] }>();
  #content: string | undefined;

  constructor(users: number) {
    this.users = users;
  }

  add(what: Pick<Result, 'contender' | 'queue' | 'night'>, measurement: Measurement): void {
    const key = JSON.stringify(what);
    const result = this.#results.get(key) ?? { ...what, users: this.users, measurements: [] };
    result.measurements.push(measurement);
    this.#results.set(key, result);
  }

  check({ content }: { readonly content: string }): void {
    this.#content ??= content;
    if (content !== this.#content) throw new Error('two contenders wrote different directories');
  }

  results(): Result[] {
    return [...this.#results.values()];
  }
}

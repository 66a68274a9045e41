import { Command } from 'commander';
import { Redis } from 'ioredis';
import pg from 'pg';
import { printLine, TERMINAL } from '../../src/cli/output.ts';
import { withBench, type Bench } from './bench.ts';
import { assignmentSchema, BATCH_SIZE } from './contender.ts';
import { describeMarkdown } from './markdown.ts';
import { runNight } from './night.ts';
import { NIGHTS, type Night } from './nights.ts';
import { parseNumber } from './parse-number.ts';
import { readTally, subtract, type Tally } from './tally.ts';
import { withTenant } from './tenant.ts';

/** What one night of so many users took. */
interface Cost {
  readonly night: Night;
  readonly users: number;
  readonly calls: number;
  readonly changes: number;
  readonly done: Tally;
}

const { stdout } = TERMINAL;

/**
 * Counts what the nights of two accounts take, one twice as large as the other: what differs is what the users of the
 * one more have cost, without what every night costs.
 */
async function runCosts(bench: Bench, users: number): Promise<void> {
  const { redisUrl } = bench.servers;
  if (redisUrl === null) throw new Error('No Redis (REDIS_URL, redis-server on PATH).');
  const small = await countNights(bench, users, redisUrl);
  const large = await countNights(bench, users * 2, redisUrl);
  printLine(stdout, `From ${users} and ${users * 2} users, in batches of ${BATCH_SIZE}, queue in Redis.\n`);
  printLine(stdout, describe(NIGHTS.map((night) => compare(night, small, large))));
}

async function countNights(bench: Bench, users: number, redisUrl: string): Promise<Cost[]> {
  bench.onProgress(`${users} users`);
  return withTenant(bench, users, async (tenant) => {
    const databaseUrl = await bench.servers.createDatabase();
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const redis = new Redis(redisUrl);
    const { account, rosterFile } = tenant;
    const product = assignmentSchema.parse({ name: 'product', account, rosterFile, databaseUrl, redisUrl });
    const costs: Cost[] = [];
    try {
      for (const night of NIGHTS) {
        await tenant.move(night);
        await client.query('VACUUM');
        await client.query('CHECKPOINT');
        const before = await readTally(client, redis);
        const { run } = await runNight(bench, product);
        const done = subtract(await readTally(client, redis), before);
        const { arrivals } = await tenant.tellCalls();
        costs.push({ night, users, calls: arrivals.length, changes: run?.changes ?? 0, done });
      }
    } finally {
      redis.disconnect();
      await client.end();
    }
    return costs;
  });
}

/** What the users cost by which the accounts differ, per user and per batch. */
interface UnitCost {
  readonly night: Night;
  readonly callsPerBatch: number;
  readonly operationsPerBatch: number;
  readonly transactionsPerBatch: number;
  readonly rowsPerUser: number;
  readonly walPerUser: number;
  readonly diskPerUser: number;
  readonly changesPerUser: number;
}

function compare(night: Night, small: readonly Cost[], large: readonly Cost[]): UnitCost {
  const [a, b] = [small, large].map((costs) => costs.find((cost) => cost.night === night));
  if (a === undefined || b === undefined) throw new Error(`the night '${night}' was not measured`);
  const more = subtract(b.done, a.done);
  const users = b.users - a.users;
  const batches = users / BATCH_SIZE;
  return {
    night,
    callsPerBatch: (b.calls - a.calls) / batches,
    operationsPerBatch: more.queueOperations / batches,
    transactionsPerBatch: more.transactions / batches,
    rowsPerUser: more.rows / users,
    walPerUser: more.walBytes / users,
    diskPerUser: more.databaseBytes / users,
    changesPerUser: (b.changes - a.changes) / users,
  };
}

function describe(costs: readonly UnitCost[]): string {
  const head = [
    'night',
    'API calls a batch',
    'queue operations a batch',
    'transactions a batch',
    'rows a user',
    'WAL bytes a user',
    'bytes on disk a user',
    'changes a user',
  ];
  const rows = costs.map((cost) => [
    cost.night,
    cost.callsPerBatch.toFixed(2),
    cost.operationsPerBatch.toFixed(2),
    cost.transactionsPerBatch.toFixed(2),
    cost.rowsPerUser.toFixed(2),
    Math.round(cost.walPerUser).toLocaleString('en-US'),
    Math.round(cost.diskPerUser).toLocaleString('en-US'),
    cost.changesPerUser.toFixed(4),
  ]);
  return describeMarkdown([head, ...rows]);
}

await new Command('bench:costs')
  .description('what a night costs per user and per batch: calls, queue operations, rows, WAL, disk')
  .option(
    '--users <number>',
    'size of the smaller account; the larger one is twice as large',
    parseNumber,
    10_000,
  )
  .action(({ users }: { users: number }) => withBench((bench) => runCosts(bench, users)))
  .parseAsync();

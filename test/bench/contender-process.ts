import pg from 'pg';
import { serveParent } from './child.ts';
import {
  contenderOrderSchema,
  type Assignment,
  type Contender,
  type NightRun,
  type OpenContender,
} from './contender.ts';
import { readPeakRss } from './peak-rss.ts';

/** Each is loaded only where it runs, so that none carries the libraries of another in its memory. */
const CONTENDERS: Readonly<Record<Assignment['name'], () => Promise<OpenContender>>> = {
  product: async () => (await import('./product.ts')).openProduct,
  naive: async () => (await import('./naive.ts')).openNaive,
  floor: async () => (await import('./floor.ts')).openFloor,
};

/** A contender about to begin its night, and whoever watches its database. */
interface Opened {
  readonly contender: Contender;
  readonly observer: pg.Client;
}

async function open(assignment: Assignment): Promise<Opened> {
  const openContender = await CONTENDERS[assignment.name]();
  const contender = await openContender(assignment);
  const observer = new pg.Client({ connectionString: assignment.databaseUrl });
  await observer.connect();
  // A day lies between two nights: autovacuum has been round, and nobody pays for pages that another wrote.
  await observer.query('VACUUM');
  await observer.query('CHECKPOINT');
  return { contender, observer };
}

async function run({ contender, observer }: Opened): Promise<NightRun> {
  const walBefore = await readWalPosition(observer);
  const startedAt = Date.now();
  const begunAt = performance.now();
  await contender.run();
  const endedAt = startedAt + performance.now() - begunAt;
  const walBytes = (await readWalPosition(observer)) - walBefore;
  return { startedAt, endedAt, peakRssBytes: await readPeakRss(), walBytes, run: await readRun(observer) };
}

async function readWalPosition(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS bytes`,
  );
  return rows[0]?.bytes ?? 0;
}

async function readRun(client: pg.Client): Promise<NightRun['run']> {
  const { rows } = await client.query<{ plannedAt: number; publishedAt: number; changes: number }>(
    `SELECT extract(epoch FROM planned_at)::float8 * 1000 AS "plannedAt",
            extract(epoch FROM published_at)::float8 * 1000 AS "publishedAt", changes
       FROM runs WHERE status = 'published' AND planned_at IS NOT NULL ORDER BY id DESC LIMIT 1`,
  );
  return rows[0] ?? null;
}

let opened: Opened | undefined;
await serveParent(async (message) => {
  const order = contenderOrderSchema.parse(message);
  if (order.order === 'open') {
    opened = await open(order.assignment);
    return {};
  }
  if (opened === undefined) throw new Error(`'run' before 'open'`);
  return run(opened);
});
await opened?.observer.end();
await opened?.contender.close();

import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { answerParent, readOrder } from './child.ts';
import {
  assignmentSchema,
  type Assignment,
  type Contender,
  type Measurement,
  type OpenContender,
} from './contender.ts';

/** Each is loaded only where it runs, so that none carries the libraries of another in its memory. */
const CONTENDERS: Readonly<Record<Assignment['name'], () => Promise<OpenContender>>> = {
  product: async () => (await import('./product.ts')).openProduct,
  naive: async () => (await import('./naive.ts')).openNaive,
  floor: async () => (await import('./floor.ts')).openFloor,
};

async function measure(contender: Contender, databaseUrl: string): Promise<Measurement> {
  const observer = new pg.Client({ connectionString: databaseUrl });
  await observer.connect();
  try {
    // A day lies between two nights: autovacuum has been round, and nobody pays for pages that another wrote.
    await observer.query('VACUUM');
    await observer.query('CHECKPOINT');
    const walBefore = await readWalPosition(observer);
    const startedAt = performance.now();
    await contender.run();
    const seconds = (performance.now() - startedAt) / 1000;
    const walBytes = (await readWalPosition(observer)) - walBefore;
    return { seconds, peakRssBytes: await readPeakRss(), walBytes };
  } finally {
    await observer.end();
  }
}

async function readWalPosition(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS bytes`,
  );
  return rows[0]?.bytes ?? 0;
}

/** `resourceUsage` also counts what the parent had in memory when it forked, so Linux is asked first. */
async function readPeakRss(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) * 1024;
}

const assignment = assignmentSchema.parse(await readOrder());
const open = await CONTENDERS[assignment.name]();
const contender = await open(assignment);
try {
  answerParent(await measure(contender, assignment.databaseUrl));
} finally {
  await contender.close();
}

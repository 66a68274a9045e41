import { openApp, type App } from '../../src/app.ts';
import { keepHeapSmall } from '../../src/cli/heap.ts';
import { runSync } from '../../src/cli/run-sync.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { SILENT_VIEW } from '../support/silent-view.ts';
import { CONCURRENCY, type Assignment, type Contender } from './contender.ts';

/** An alert is logged whatever LOG_LEVEL says. */
const SILENT_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One night of `kore-sync sync`: a baseline in an empty database, an ordinary night in one that has had it. */
export async function openProduct(assignment: Assignment): Promise<Contender> {
  const app = await openProductApp(assignment);
  // Whoever does not work is the scheduler beside workers of other processes.
  const view = assignment.works ? app : { ...app, work: () => app.work(['alerts']) };
  return {
    async run() {
      const { signal } = new AbortController();
      const { status, coverage, reasons } = await runSync(view, SILENT_VIEW, { dryRun: false, signal });
      if (status === 'published' && coverage === 1) return;
      throw new Error(
        `the night was ${status} with coverage ${coverage ?? 'unknown'}: ${reasons.join('; ')}`,
      );
    },
    close: () => app.close(),
  };
}

/** The product as its environment would make it, without the usual limits, in a process that is its own. */
export function openProductApp({ rateLimits, ...assignment }: Assignment): Promise<App> {
  keepHeapSmall();
  const { account, rosterFile, databaseUrl, redisUrl, batchSize } = assignment;
  const config = parseSyncConfig(
    {
      KORE_HOST: account.host,
      KORE_CLIENT_ID: account.clientId,
      KORE_CLIENT_SECRET: account.clientSecret,
      ROSTER: rosterFile,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl ?? '',
      BATCH_SIZE: String(batchSize),
      CONCURRENCY: String(CONCURRENCY),
      RATE_PER_MINUTE: '0',
      RATE_PER_HOUR: '0',
    },
    { cwd: '/', isRoot: false, defaultLogLevel: 'error' },
  );
  return openApp(config, { rateLimits, alertLog: SILENT_LOG });
}

import { openApp } from '../../src/app.ts';
import { runSync } from '../../src/cli/run-sync.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { BATCH_SIZE, CONCURRENCY, type Assignment, type Contender } from './contender.ts';

const SILENT = { update: () => undefined, note: () => undefined, end: () => undefined };

/** One night of `kore-sync sync`: a baseline in an empty database, an unchanged night in one that has had it. */
export async function openProduct(assignment: Assignment): Promise<Contender> {
  const app = await openApp(configure(assignment));
  return {
    async run() {
      const { signal } = new AbortController();
      const { status, coverage, changes } = await runSync(app, SILENT, { dryRun: false, signal });
      if (status === 'published' && coverage === 1 && changes === 0) return;
      throw new Error(
        `the night was ${status} with coverage ${coverage ?? 'unknown'} and ${changes} changes`,
      );
    },
    close: () => app.close(),
  };
}

function configure({ account, rosterFile, databaseUrl, redisUrl }: Assignment) {
  return parseSyncConfig(
    {
      KORE_HOST: account.host,
      KORE_CLIENT_ID: account.clientId,
      KORE_CLIENT_SECRET: account.clientSecret,
      ROSTER: rosterFile,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl ?? '',
      BATCH_SIZE: String(BATCH_SIZE),
      CONCURRENCY: String(CONCURRENCY),
      RATE_PER_MINUTE: '0',
      RATE_PER_HOUR: '0',
    },
    { cwd: '/', isRoot: false, defaultLogLevel: 'error' },
  );
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { openApp, type App, type AppSeams } from '../../src/app.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { runRetry, runSync } from '../../src/cli/run-sync.ts';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { LOOSE_GUARD } from './directory.ts';
import { createMigratedDatabase } from './postgres.ts';
import { SILENT_VIEW } from './silent-view.ts';

/** Alerts are logged whatever LOG_LEVEL says; a test that wants them reads the database. */
const SILENT_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface NightOptions {
  /** The tenant's own unless one is given. */
  readonly roster?: Iterable<string>;
  readonly env?: Record<string, string>;
  readonly seams?: AppSeams;
}

export interface TestNights {
  readonly server: RunningTenant;
  readonly databaseUrl: string;
  /** The product, ready for a night and not yet working. Closed when the test ends, if not before. */
  open(options?: NightOptions): Promise<App>;
  /** Runs one night through the whole product. */
  run(options?: NightOptions & { readonly dryRun?: boolean }): Promise<RunSummary>;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A database of its own, a tenant's server, and nights run through both; all gone when the test ends. */
export async function startNights(
  tenant: Tenant,
  engine: 'postgres' | 'redis' = 'postgres',
): Promise<TestNights> {
  const database = await createMigratedDatabase();
  const server = await startTenant({ tenant });
  const folder = await mkdtemp(path.join(tmpdir(), 'kore-sync-roster-'));
  const redisUrl = engine === 'redis' ? (inject('redisUrl') ?? '') : '';
  const apps: App[] = [];
  onTestFinished(async () => {
    for (const app of apps) await app.close();
    await server.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const open = async ({
    roster = tenant.roster(),
    env = {},
    seams = {},
  }: NightOptions = {}): Promise<App> => {
    await writeRosterFile(path.join(folder, 'roster.txt'), roster);
    const config = parseSyncConfig(
      {
        KORE_HOST: server.url,
        KORE_CLIENT_ID: server.clientId,
        KORE_CLIENT_SECRET: server.clientSecret,
        ROSTER: path.join(folder, 'roster.txt'),
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl,
        RATE_PER_MINUTE: '0',
        RATE_PER_HOUR: '0',
        LOG_LEVEL: 'silent',
        ...env,
      },
      { cwd: folder, isRoot: false },
    );
    const app = await openApp(config, { alertLog: SILENT_LOG, ...seams });
    apps.push(app);
    return app;
  };

  return {
    server,
    databaseUrl: database.url,
    open,
    async run({ dryRun = false, ...options } = {}) {
      const app = await open(options);
      try {
        return await runNight(app, { dryRun });
      } finally {
        await app.close();
      }
    },
    async query(sql, values = []) {
      return database.query(sql, values);
    },
  };
}

/** Asks again about what a published night left unanswered; the guard is out of the way unless told otherwise. */
export async function retryNight(
  nights: TestNights,
  parentId: string,
  { env = {}, ...options }: NightOptions = {},
): Promise<RunSummary> {
  const app = await nights.open({ ...options, env: { ...LOOSE_GUARD, ...env } });
  try {
    return await runRetry(app, SILENT_VIEW, { parentId, signal: new AbortController().signal });
  } finally {
    await app.close();
  }
}

/** Works on a run of its own or the one that is open, in the foreground, and returns how it ended. */
export async function runNight(
  app: App,
  { dryRun = false, signal = new AbortController().signal } = {},
): Promise<RunSummary> {
  return runSync(app, SILENT_VIEW, { dryRun, signal });
}

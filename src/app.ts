import { setInterval } from 'node:timers';
import { deliverAlertHandler } from '../jobs/deliver-alert.ts';
import { fetchBatchHandler } from '../jobs/fetch-batch.ts';
import { finishRunHandler } from '../jobs/finish-run.ts';
import { nightlySyncHandler } from '../jobs/nightly-sync.ts';
import type { StorageConfig, SyncConfig } from './config.ts';
import { LISTING_NAME, type RosterSource } from './core/roster-entry.ts';
import { openEmbeddedDatabase } from './embedded/embedded-database.ts';
import { createKoreClient } from './kore/client.ts';
import { createTokenMint } from './kore/token.ts';
import { createLogger, type Logger } from './observe/log.ts';
import { openQueues, type Queues } from './queue/engine.ts';
import { openRoster } from './roster/roster.ts';
import { loadInstallationId } from './store/account.ts';
import type { RateLimit } from './store/budget.ts';
import { openDatabase, type Database } from './store/database.ts';
import { migrateDatabase } from './store/migrations.ts';
import type { SyncContext } from './sync/context.ts';
import type { RunRequest } from './sync/start-run.ts';
import { sweep } from './sync/sweep.ts';

/**
 * Closes in the reverse order of opening, each step also when an earlier one failed. Never throws: what was
 * done before stays done, and how it ended is what counts.
 */
class CloseStack {
  readonly #steps: (() => Promise<void> | void)[] = [];

  push(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.emitWarning(`While closing: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

export interface Storage {
  readonly database: Database;
  /** Carries the password: not for logs. */
  readonly databaseUrl: string;
  /** Migrations applied just now. */
  readonly migrated: readonly string[];
  readonly log: Logger;
  close(): Promise<void>;
}

/** Connections of the store: one for each batch under way, and a few for the plan, the sweep and the progress. */
const SPARE_CONNECTIONS = 4;

/** Opens the database, the embedded one where none is named, and brings it up to date. */
export async function openStorage(config: StorageConfig, concurrency = 1): Promise<Storage> {
  const log = createLogger({ level: config.logLevel, secrets: config.secrets });
  const stack = new CloseStack();
  try {
    const databaseUrl = config.databaseUrl?.reveal() ?? (await openOwnDatabase(config, log, stack));
    const database = await openDatabase({
      url: databaseUrl,
      size: concurrency + SPARE_CONNECTIONS,
      onIdleError: (error) => log.warn({ error: error.message }, 'the database closed an idle connection'),
    });
    stack.push(() => database.close());
    const migrated = await migrateDatabase(database, databaseUrl);
    return { database, databaseUrl, migrated, log, close: () => stack.close() };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

async function openOwnDatabase({ dataDir }: StorageConfig, log: Logger, stack: CloseStack): Promise<string> {
  const embedded = await openEmbeddedDatabase({ dataDir, onNotice: (notice) => log.info({}, notice) });
  stack.push(() => embedded.release());
  return embedded.url;
}

export interface App {
  readonly storage: Storage;
  readonly context: SyncContext;
  /** What every run of this configuration has in common. */
  readonly request: Omit<RunRequest, 'key' | 'trigger' | 'dryRun'>;
  /** Starts the workers of all lanes and the sweep. */
  work(): Promise<void>;
  close(): Promise<void>;
}

/** How long running jobs may go on after a close: longer than an ordinary call, shorter than a service manager's patience. */
const DRAIN_MS = 10_000;
const SWEEP_EVERY_MS = 30_000;

/** What tests set: chance, and windows short enough to wait for. */
export type AppSeams = Partial<Pick<SyncContext, 'random' | 'rateLimits'>>;

/** Opens everything a run needs. Closes in reverse: workers, queues, API client, database. */
export async function openApp(config: SyncConfig, seams: AppSeams = {}): Promise<App> {
  const stack = new CloseStack();
  try {
    const storage = await openStorage(config, config.concurrency);
    stack.push(() => storage.close());
    const kore = createClient(config);
    stack.push(() => kore.close());
    const queues = await openQueues({
      engine:
        config.redisUrl === null
          ? { kind: 'postgres', databaseUrl: storage.databaseUrl }
          : { kind: 'redis', url: config.redisUrl.reveal() },
      prefix: `kore-sync-${await loadInstallationId(storage.database)}`,
      logger: storage.log,
    });
    stack.push(() => queues.close());
    const context: SyncContext = {
      database: storage.database,
      queues,
      kore,
      rateLimits: seams.rateLimits ?? toRateLimits(config.rateLimits),
      guardLimits: config.guardLimits,
      random: seams.random ?? Math.random,
      log: storage.log,
    };
    const request = toRequest(config);
    return {
      storage,
      context,
      request,
      work: () => startWorkers({ config, queues, context, request, stack }),
      close: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

function createClient({ kore, concurrency }: SyncConfig) {
  const mint = createTokenMint({
    clientId: kore.clientId,
    clientSecret: kore.clientSecret.reveal(),
    ...(kore.jwePublicKey !== null && { jwePublicKey: kore.jwePublicKey }),
  });
  return createKoreClient({
    host: kore.host,
    mint,
    secrets: [kore.clientSecret.reveal()],
    agentMaxSockets: concurrency,
  });
}

function toRateLimits({ perMinute, perHour }: SyncConfig['rateLimits']): RateLimit[] {
  return [
    ...(perMinute === null ? [] : [{ calls: perMinute, windowMs: 60_000 }]),
    ...(perHour === null ? [] : [{ calls: perHour, windowMs: 3_600_000 }]),
  ];
}

function toRequest({ kore, roster, batchSize }: SyncConfig): App['request'] {
  const { source, column } = roster;
  return {
    account: { host: kore.host, clientId: kore.clientId },
    batchSize,
    rosterName: describeRoster(source),
    openRoster: source.kind === 'listing' ? null : () => openRoster(source, { column }),
  };
}

function describeRoster(source: RosterSource): string {
  switch (source.kind) {
    case 'file':
      return source.path;
    case 'stdin':
      return 'on standard input';
    case 'listing':
      return LISTING_NAME;
  }
}

interface Working {
  readonly config: SyncConfig;
  readonly queues: Queues;
  readonly context: SyncContext;
  readonly request: App['request'];
  readonly stack: CloseStack;
}

async function startWorkers({ config, queues, context, request, stack }: Working): Promise<void> {
  const workers = [
    await queues.work('runs', {
      concurrency: 1,
      handlers: {
        'nightly-sync': nightlySyncHandler(context, request),
        'finish-run': finishRunHandler(context),
      },
    }),
    await queues.work('batches', {
      concurrency: config.concurrency,
      handlers: { 'fetch-batch': fetchBatchHandler(context) },
    }),
    await queues.work('alerts', {
      concurrency: 1,
      handlers: { 'deliver-alert': deliverAlertHandler(context) },
    }),
  ];
  stack.push(async () => {
    await Promise.all(workers.map((worker) => worker.close({ deadlineMs: DRAIN_MS })));
  });
  const timer = setInterval(() => {
    sweep(context).catch((error: unknown) => {
      context.log.warn({ error: error instanceof Error ? error.message : String(error) }, 'the sweep failed');
    });
  }, SWEEP_EVERY_MS);
  stack.push(() => clearInterval(timer));
}

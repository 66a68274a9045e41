import type { Channel } from './alerts/channel.ts';
import { createChannel } from './alerts/create-channel.ts';
import type { AlertLog } from './alerts/log.ts';
import type { AlertingConfig, StorageConfig, SyncConfig } from './config/config.ts';
import { LISTING_NAME, type RosterSource } from './core/roster-entry.ts';
import { openEmbeddedDatabase } from './embedded/embedded-database.ts';
import { createKoreClient, type KoreClient } from './kore/client.ts';
import { measureCalls, type OnCall } from './kore/measured-client.ts';
import { createTokenMint } from './kore/token.ts';
import { createWatcher } from './http/heartbeat.ts';
import { createLogger, type Logger } from './observe/log.ts';
import { openQueues, type QueueEngine } from './queue/engine.ts';
import { LANES, type Lane } from './queue/job.ts';
import type { QueueTiming } from './queue/settings.ts';
import { readCanaries } from './roster/canaries.ts';
import { openRoster } from './roster/roster.ts';
import { loadInstallationId } from './store/account.ts';
import type { RateLimit } from './store/budget.ts';
import { openDatabase, type Database } from './store/database.ts';
import { migrateDatabase } from './store/migrations.ts';
import type { SyncContext } from './sync/context.ts';
import type { NightRequest } from './sync/start-night.ts';
import { BatchesUnderWay } from './sync/under-way.ts';
import { startWorkers, type Workers } from './workers.ts';

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

/**
 * Connections of the store: one for each batch under way, and a few for answers that are stored meanwhile, the plan, alerts, the
 * sweep and the progress.
 */
const SPARE_CONNECTIONS = 7;

/** Opens the database, the embedded one where none is named, and brings it up to date. */
export async function openStorage(config: StorageConfig, concurrency = 1): Promise<Storage> {
  const log = createLogger({
    level: config.logLevel,
    secrets: config.secrets,
    unmaskEmails: config.unmaskEmails,
  });
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
  readonly request: NightRequest;
  /** Starts workers, of all lanes unless told which, and the sweep. Once. */
  work(lanes?: readonly Lane[]): Promise<void>;
  /** Its workers take jobs: false before `work`, and where the queue has given one up. */
  isWorking(): boolean;
  close(): Promise<void>;
}

/** What tests set, chance and times short enough to wait for, and who hears of every API call. */
export type AppSeams = Partial<Pick<SyncContext, 'random' | 'rateLimits'>> & {
  readonly queueTiming?: Partial<QueueTiming>;
  readonly sweepEveryMs?: number;
  readonly onCall?: OnCall;
  readonly alertLog?: AlertLog;
};

/** Opens everything a run needs. Closes in reverse: workers, queues, API client, database. */
export async function openApp(config: SyncConfig, seams: AppSeams = {}): Promise<App> {
  const stack = new CloseStack();
  try {
    const storage = await openStorage(config, config.concurrency);
    stack.push(() => storage.close());
    const kore = measureCalls(createClient(config), seams.onCall ?? (() => undefined));
    stack.push(() => kore.close());
    const queues = await openQueues({
      engine: chooseEngine(config, storage),
      prefix: `kore-sync-${await loadInstallationId(storage.database)}`,
      logger: storage.log,
      ...(seams.queueTiming !== undefined && { timing: seams.queueTiming }),
    });
    stack.push(() => queues.close());
    const request = toRequest(config);
    const context: SyncContext = {
      database: storage.database,
      queues,
      account: request.account,
      kore,
      rateLimits: seams.rateLimits ?? toRateLimits(config.rateLimits),
      batchesUnderWay: new BatchesUnderWay(),
      guardLimits: config.guardLimits,
      alertRules: config.alerts.rules,
      channels: openChannels(config, seams.alertLog ?? toAlertLog(storage.log)),
      watcher: config.heartbeatUrl === null ? null : createWatcher(config.heartbeatUrl),
      random: seams.random ?? Math.random,
      log: storage.log,
    };
    let workers: Workers | undefined;
    return {
      storage,
      context,
      request,
      async work(lanes = LANES) {
        const { concurrency } = config;
        const { sweepEveryMs } = seams;
        const started = await startWorkers({ queues, context, request, concurrency, lanes, sweepEveryMs });
        workers = started;
        stack.push(() => started.close());
      },
      isWorking: () => workers?.areRunning() ?? false,
      close: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

function chooseEngine({ redisUrl }: SyncConfig, { databaseUrl }: Storage): QueueEngine {
  return redisUrl === null ? { kind: 'postgres', databaseUrl } : { kind: 'redis', url: redisUrl.reveal() };
}

/** Throws `CONFIG_INVALID` for a key that cannot encrypt tokens. */
export function createClient({ kore, concurrency }: Pick<SyncConfig, 'kore' | 'concurrency'>): KoreClient {
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

/** An alert that goes to the log is printed whatever LOG_LEVEL says: there may be no other word of it. */
export function toAlertLog(log: Logger): AlertLog {
  return log.child({}, { level: 'info' });
}

/** Where alerts go, by name. Opens no connection. */
export function openChannels({ alerts }: AlertingConfig, log: AlertLog): ReadonlyMap<string, Channel> {
  return new Map(alerts.channels.map((channel) => [channel.name, createChannel(channel, log)]));
}

/** The limits of the budget (I7); none where both are switched off. */
export function toRateLimits({ perMinute, perHour }: SyncConfig['rateLimits']): RateLimit[] {
  return [
    ...(perMinute === null ? [] : [{ calls: perMinute, windowMs: 60_000 }]),
    ...(perHour === null ? [] : [{ calls: perHour, windowMs: 3_600_000 }]),
  ];
}

function toRequest({ kore, roster, batchSize, canaries }: SyncConfig): App['request'] {
  const { source, column } = roster;
  return {
    account: { host: kore.host, clientId: kore.clientId },
    batchSize,
    readCanaries: () => (canaries === null ? Promise.resolve([]) : readCanaries(canaries)),
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

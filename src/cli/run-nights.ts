import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { openApp, type App } from '../app.ts';
import { startBackground } from '../background.ts';
import { computeCeilingMs } from '../core/backoff.ts';
import { SyncError, type ErrorCode } from '../core/errors.ts';
import { listNextDue } from '../core/schedule.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { startClock } from '../schedule/clock.ts';
import { openSchedule } from '../schedule/zone.ts';
import type { StartConfig, StartPart } from '../config/start-config.ts';
import { loadNow } from '../store/schedule.ts';
import { tick } from '../sync/tick.ts';
import { createStatusMetrics, startStatusServer } from './status-server.ts';

/** Worth waiting for: a service and its database may start in any order. */
const MAY_COME_BACK: ReadonlySet<ErrorCode> = new Set(['DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE']);
const OPEN_AGAIN = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Runs nights unattended until `signal` aborts; then takes no new job, lets those that run end or gives them back, and
 * returns.
 */
export async function runNights(
  config: StartConfig,
  only: StartPart | null,
  signal: AbortSignal,
): Promise<void> {
  const log = createLogger({
    level: config.logLevel,
    secrets: config.secrets,
    unmaskEmails: config.unmaskEmails,
  });
  announce(config, only, log);
  const metrics = createStatusMetrics();
  const opened: { app?: App } = {};
  // Before all else: while the database is away, somebody wants to read that it is.
  const server = await startStatusServer(config, { opened, metrics, signal, log });
  try {
    const app = await openPatiently(config, metrics, log, signal);
    try {
      await app.work(only === 'scheduler' ? ['alerts'] : undefined);
      opened.app = app;
      await untilStopped(config, only, app, signal);
    } finally {
      log.info({}, 'stopping: no new work, and what runs ends or is given back');
      await app.close();
    }
  } catch (error) {
    // Told to stop while it waited or closed: that is what was asked for.
    if (!signal.aborted) throw error;
  } finally {
    await server?.close();
  }
  log.info({}, 'stopped');
}

const SHOWN_NIGHTS = 3;

function announce({ schedule }: StartConfig, only: StartPart | null, log: Logger): void {
  const { expression, timeZone, cron } = schedule;
  if (only === 'worker') {
    log.info({}, 'started as a worker; a scheduler elsewhere says when');
    return;
  }
  const next = listNextDue(openSchedule(cron, timeZone), new Date(), SHOWN_NIGHTS);
  const nights = next.map((instant) => instant.toISOString());
  log.info({ cron: expression, timeZone, nights }, `started; the next nights begin at ${nights.join(', ')}`);
}

async function openPatiently(
  config: StartConfig,
  metrics: Metrics,
  log: Logger,
  signal: AbortSignal,
): Promise<App> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openApp(config, { onCall: metrics.recordCall });
    } catch (error) {
      if (!(error instanceof SyncError) || !MAY_COME_BACK.has(error.code)) throw error;
      const delayMs = computeCeilingMs(attempt, OPEN_AGAIN);
      log.warn(
        { code: error.code, attempt, delayMs },
        `${error.message} Tried again in ${delayMs / 1_000} s.`,
      );
      await delay(delayMs, undefined, { signal });
    }
  }
}

/** The scheduler needs no worker beside it: alerts, which it works on, tell of a night that nobody starts. */
async function untilStopped(
  { schedule }: StartConfig,
  only: StartPart | null,
  { context }: App,
  signal: AbortSignal,
): Promise<void> {
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  if (only === 'worker') {
    await aborted;
    return;
  }
  const { expression, timeZone, cron } = schedule;
  const startedAt = await loadNow(context.database);
  const scheduler = { schedule: openSchedule(cron, timeZone), startedAt };
  const ticking = startBackground(
    () => tick(context, scheduler),
    null,
    (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      context.log.warn(
        { error: reason },
        'whether a night is due could not be found out; again within a minute',
      );
    },
  );
  const stopClock = startClock({ expression, timeZone, onTick: () => void ticking.now() });
  try {
    void ticking.now();
    await aborted;
  } finally {
    await stopClock();
    await ticking.stop();
  }
}

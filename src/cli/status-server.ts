import type { App } from '../app.ts';
import { API_FAILURE_KINDS } from '../core/api-failure.ts';
import { CHANGE_KINDS } from '../core/change.ts';
import type { Logger } from '../observe/log.ts';
import { createMetrics, type Metrics, type ScrapedFigures } from '../observe/metrics.ts';
import { startServer, type Page, type RunningServer } from '../observe/server.ts';
import { LANES } from '../queue/job.ts';
import type { StartConfig } from '../config/start-config.ts';
import { AlertStatus, RunStatus } from '../store/generated/enums.ts';
import { loadFigures } from '../store/metrics.ts';
import type { SyncContext } from '../sync/context.ts';
import { askInTime } from '../sync/in-time.ts';
import { checkReadiness } from '../sync/readiness.ts';

export interface Served {
  /** Without an app while the database or the queue is waited for. */
  readonly opened: { readonly app?: App };
  readonly metrics: Metrics;
  /** Aborted: this process is about to end. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export function createStatusMetrics(): Metrics {
  return createMetrics({
    runStatuses: Object.values(RunStatus),
    alertStatuses: Object.values(AlertStatus),
    changeKinds: CHANGE_KINDS,
    failureKinds: API_FAILURE_KINDS.filter((kind) => kind !== 'cancelled'),
  });
}

/** Serves health, readiness and metrics where PORT is set. */
export async function startStatusServer(
  { server: { port, address }, readyMaxAgeMs }: StartConfig,
  served: Served,
): Promise<RunningServer | undefined> {
  if (port === null) return undefined;
  const running = await startServer({
    port,
    address,
    pages: {
      '/healthz': () => Promise.resolve(describeHealth(served)),
      '/readyz': () => describeReadiness(served, readyMaxAgeMs),
      '/metrics': () => describeMetrics(served),
    },
    onError: (error) =>
      served.log.warn({ error: error instanceof Error ? error.message : String(error) }, 'a page failed'),
  });
  served.log.info({ origin: running.origin }, `health and metrics are served at ${running.origin}`);
  return running;
}

/** Fails only for what a restart mends: a database that is away is none of it. */
function describeHealth({ opened: { app }, signal }: Served): Page {
  if (app === undefined || signal.aborted || app.isWorking()) return { status: 200, body: 'ok\n' };
  return { status: 503, body: 'a lane of the queue has stopped: restart this process; the log says why\n' };
}

async function describeReadiness({ opened: { app }, signal }: Served, maxAgeMs: number): Promise<Page> {
  if (signal.aborted) return { status: 503, body: 'stopping\n' };
  if (app === undefined) {
    return { status: 503, body: 'starting: the database or the queue cannot be reached; the log says why\n' };
  }
  const { isReady, lines } = await checkReadiness(app.context, maxAgeMs);
  return { status: isReady ? 200 : 503, body: lines.map((line) => `${line}\n`).join('') };
}

async function describeMetrics({ opened: { app }, metrics }: Served): Promise<Page> {
  const figures = app === undefined ? { database: null, queue: null } : await scrape(app.context);
  return { status: 200, contentType: metrics.contentType, body: await metrics.render(figures) };
}

/** What does not answer in time is left out: the rest is still worth reading. */
async function scrape({ database, queues, rateLimits }: SyncContext): Promise<ScrapedFigures> {
  const [figures, ...held] = await Promise.all([
    askInTime(() => loadFigures(database, rateLimits)),
    ...LANES.map((lane) => askInTime(() => queues.heldJobs(lane))),
  ]);
  const counted = LANES.flatMap((lane, index) => {
    const jobs = held[index];
    return jobs?.ok === true ? [[lane, jobs.value] as const] : [];
  });
  return {
    database: figures.ok ? figures.value : null,
    queue: counted.length < LANES.length ? null : Object.fromEntries(counted),
  };
}

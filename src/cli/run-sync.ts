import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import { SyncError } from '../core/errors.ts';
import { manualRunKey } from '../core/run-key.ts';
import { loadProgress, loadRun, type RunSummary } from '../store/runs.ts';
import { hasPendingAlerts } from '../store/alerts.ts';
import { isTransient, type Database } from '../store/database.ts';
import type { OpenedRun } from '../store/open-run.ts';
import { startRetry } from '../sync/retry-run.ts';
import { startRun } from '../sync/start-run.ts';
import type { ProgressView } from './progress.ts';

/** A small night is over at once; a large one is looked at seldom, since looking counts its batches. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 500;
/** A database that restarts is back by then. The workers wait for it as well, and the run goes on. */
const DATABASE_PATIENCE_MS = 2 * 60_000;
/** Alerts are retried by whoever works next; a person at a terminal is not kept waiting for a dead channel. */
const ALERT_PATIENCE_MS = 10_000;

/**
 * Runs one night in the foreground: opens a run or joins the open one, works on it, and returns when it has
 * ended, whoever ended it.
 */
export async function runSync(
  app: App,
  view: ProgressView,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<RunSummary> {
  return workOn(app, view, signal, 'night', () => openOrJoin(app, view, dryRun, signal));
}

/** Asks again about what the latest published run left unanswered, in the foreground, as `runSync` does a night. */
export async function runRetry(
  app: App,
  view: ProgressView,
  { parentId, signal }: { readonly parentId: string; readonly signal: AbortSignal },
): Promise<RunSummary> {
  const { account, batchSize } = app.request;
  return workOn(app, view, signal, 'retry', async () => {
    const retry = { key: manualRunKey(new Date()), account, batchSize, parentId };
    const opened = await startRetry(app.context, retry);
    noteJoined(view, opened);
    return opened;
  });
}

async function workOn(
  app: App,
  view: ProgressView,
  signal: AbortSignal,
  wanted: 'night' | 'retry',
  open: () => Promise<OpenedRun>,
): Promise<RunSummary> {
  const runId = await follow(app, view, signal, wanted, open).finally(() => view.end());
  await waitForAlerts(app, runId);
  return loadEndedRun(app.context.database, runId);
}

/** How a run ended that was there a moment ago. */
export async function loadEndedRun(database: Database, runId: string): Promise<RunSummary> {
  const run = await loadRun(database, runId);
  if (run === undefined) throw new SyncError('RUN_NOT_FOUND', `Run ${runId} is gone from the database.`);
  return run;
}

/** Returns the run that was wanted, once it has ended. */
async function follow(
  app: App,
  view: ProgressView,
  signal: AbortSignal,
  wanted: 'night' | 'retry',
  open: () => Promise<OpenedRun>,
): Promise<string> {
  let opened = await open();
  await app.work();
  for (;;) {
    await followRun(app, view, opened.runId, signal);
    if (!opened.isRetry || wanted === 'retry') return opened.runId;
    // A retry asks about a few: the night that found it open is still to come.
    opened = await open();
  }
}

function noteJoined(view: ProgressView, { runId, openedHere }: OpenedRun): void {
  if (!openedHere) view.note(`Joined run ${runId}, which was open already.`);
}

async function openOrJoin(
  { context, request }: App,
  view: ProgressView,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<OpenedRun> {
  const run = { ...request, key: manualRunKey(new Date()), trigger: 'manual', dryRun } as const;
  const onListed = (listed: number, total: number) => view.update(listed, total, 'users listed');
  const opened = await startRun(context, run, { onListed, signal });
  if (opened.dryRun !== dryRun) {
    throw new SyncError(
      'RUN_OPEN',
      `Run ${opened.runId}, ${opened.dryRun ? 'a dry run' : 'not a dry run'}, is open, and a dry run and a real one do not join each other. Let it end first: 'kore-sync sync${opened.dryRun ? ' --dry-run' : ''}' goes on with it.`,
    );
  }
  noteJoined(view, opened);
  return opened;
}

async function followRun(app: App, view: ProgressView, runId: string, signal: AbortSignal): Promise<void> {
  const look = waitingForDatabase(view, () => loadProgress(app.context.database, runId));
  let lastError: string | null = null;
  for (const pauseMs of pauses()) {
    const progress = await look();
    if (progress !== undefined) {
      view.update(progress.done, progress.batches, 'batches');
      if (progress.status !== 'open') return;
      if (progress.lastError !== null && progress.lastError !== lastError) {
        lastError = progress.lastError;
        view.note(`Asking again later: ${lastError}`);
      }
    }
    await delay(pauseMs, undefined, { signal });
  }
}

/** Answers `undefined` while the database is away, for as long as it may be. */
function waitingForDatabase<T>(view: ProgressView, ask: () => Promise<T>): () => Promise<T | undefined> {
  let awaySince: number | null = null;
  return async () => {
    try {
      const answer = await ask();
      awaySince = null;
      return answer;
    } catch (error) {
      if (awaySince === null) view.note('The database does not answer; waiting for it.');
      awaySince ??= Date.now();
      if (!isTransient(error) || Date.now() - awaySince >= DATABASE_PATIENCE_MS) throw error;
      return undefined;
    }
  };
}

function* pauses(): Generator<number> {
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 1.5)) yield pauseMs;
}

/** Until the alerts of a run are delivered, or nobody should be kept waiting any longer. */
export async function waitForAlerts({ context }: App, runId: string): Promise<void> {
  const deadline = Date.now() + ALERT_PATIENCE_MS;
  for (const pauseMs of pauses()) {
    if (Date.now() >= deadline || !(await hasPendingAlerts(context.database, runId))) return;
    await delay(pauseMs);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import { SyncError } from '../core/errors.ts';
import { manualRunKey } from '../core/run-key.ts';
import { loadProgress, loadRun, type RunSummary } from '../store/runs.ts';
import { hasPendingAlerts } from '../store/alerts.ts';
import { startRun } from '../sync/start-run.ts';
import type { ProgressView } from './progress.ts';

/** A small night is over at once; a large one is looked at seldom, since looking counts its batches. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 500;
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
  const { database } = app.context;
  let runId: string;
  try {
    runId = await openOrJoin(app, view, dryRun, signal);
    await app.work();
    await followRun(app, view, runId, signal);
  } finally {
    view.end();
  }
  await waitForAlerts(app, runId);
  const run = await loadRun(database, runId);
  if (run === undefined) throw new SyncError('RUN_NOT_FOUND', `Run ${runId} is gone from the database.`);
  return run;
}

async function openOrJoin(
  { context, request }: App,
  view: ProgressView,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<string> {
  const run = { ...request, key: manualRunKey(new Date()), trigger: 'manual', dryRun } as const;
  const onListed = (listed: number, total: number) => view.update(listed, total, 'users listed');
  const opened = await startRun(context, run, { onListed, signal });
  if (opened.dryRun !== dryRun) {
    throw new SyncError(
      'RUN_OPEN',
      `Run ${opened.runId}, ${opened.dryRun ? 'a dry run' : 'not a dry run'}, is open, and a dry run and a real one do not join each other. Let it end first: 'kore-sync sync${opened.dryRun ? ' --dry-run' : ''}' goes on with it.`,
    );
  }
  if (!opened.openedHere) view.note(`Joined run ${opened.runId}, which was open already.`);
  return opened.runId;
}

async function followRun(app: App, view: ProgressView, runId: string, signal: AbortSignal): Promise<void> {
  let lastError: string | null = null;
  for (const pauseMs of pauses()) {
    const progress = await loadProgress(app.context.database, runId);
    view.update(progress.done, progress.batches, 'batches');
    if (progress.status !== 'open') return;
    if (progress.lastError !== null && progress.lastError !== lastError) {
      lastError = progress.lastError;
      view.note(`Asking again later: ${lastError}`);
    }
    await delay(pauseMs, undefined, { signal });
  }
}

function* pauses(): Generator<number> {
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 1.5)) yield pauseMs;
}

async function waitForAlerts({ context }: App, runId: string): Promise<void> {
  const deadline = Date.now() + ALERT_PATIENCE_MS;
  for (const pauseMs of pauses()) {
    if (Date.now() >= deadline || !(await hasPendingAlerts(context.database, runId))) return;
    await delay(pauseMs);
  }
}

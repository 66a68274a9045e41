import { deliverAlertHandler } from '../jobs/deliver-alert.ts';
import { fetchBatchHandler } from '../jobs/fetch-batch.ts';
import { finishRunHandler } from '../jobs/finish-run.ts';
import { nightlySyncHandler } from '../jobs/nightly-sync.ts';
import { startBackground } from './background.ts';
import type { Queues } from './queue/engine.ts';
import type { Lane } from './queue/job.ts';
import type { LaneWorker } from './queue/lane-worker.ts';
import type { SyncContext } from './sync/context.ts';
import type { NightRequest } from './sync/start-night.ts';
import { sweep } from './sync/sweep.ts';
import { tellWatcher } from './sync/tell-watcher.ts';

/** How long running jobs may go on after a close: longer than an ordinary call, shorter than a service manager's patience. */
const DRAIN_MS = 10_000;
const SWEEP_EVERY_MS = 30_000;
/** One small statement; a watcher that measures how long a night takes needs no better. */
const TELL_EVERY_MS = 5_000;

export interface WorkersOptions {
  readonly queues: Queues;
  readonly context: SyncContext;
  readonly request: NightRequest;
  /** Batches at a time. */
  readonly concurrency: number;
  readonly lanes: readonly Lane[];
  readonly sweepEveryMs?: number | undefined;
}

export interface Workers {
  /** None has been given up by the queue. */
  areRunning(): boolean;
  /** No new job; those that run end or are given back, within a deadline. Then the watcher outside is told the rest. */
  close(): Promise<void>;
}

/** Starts the workers of some lanes, and beside them what looks after the queue and the watcher outside. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { context, lanes, sweepEveryMs = SWEEP_EVERY_MS } = options;
  const workers: LaneWorker[] = [];
  for (const lane of lanes) workers.push(await startLane(options, lane));
  const sweeping = startBackground(() => sweep(context), sweepEveryMs, warn(context, 'the sweep'));
  const telling = startBackground(
    () => tellWatcher(context),
    context.watcher === null ? null : TELL_EVERY_MS,
    warn(context, 'telling HEARTBEAT_URL'),
  );
  void telling.now();
  return {
    areRunning: () => workers.every((worker) => worker.isRunning()),
    async close() {
      await sweeping.stop();
      await Promise.all(workers.map((worker) => worker.close({ deadlineMs: DRAIN_MS })));
      await telling.stop();
      await telling.now();
    },
  };
}

function startLane(
  { queues, context, request, concurrency }: WorkersOptions,
  lane: Lane,
): Promise<LaneWorker> {
  switch (lane) {
    case 'runs':
      return queues.work('runs', {
        concurrency: 1,
        handlers: {
          'nightly-sync': nightlySyncHandler(context, request),
          'finish-run': finishRunHandler(context),
        },
      });
    case 'batches':
      return queues.work('batches', { concurrency, handlers: { 'fetch-batch': fetchBatchHandler(context) } });
    case 'alerts':
      return queues.work('alerts', {
        // A receiver that does not answer holds up no other; each delivery holds a connection to the database.
        concurrency: 3,
        handlers: { 'deliver-alert': deliverAlertHandler(context) },
      });
  }
}

function warn({ log }: SyncContext, what: string): (error: unknown) => void {
  return (error) => {
    log.warn({ error: error instanceof Error ? error.message : String(error) }, `${what} failed`);
  };
}

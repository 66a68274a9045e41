import { setTimeout } from 'node:timers/promises';
import { SyncError } from '../core/errors.ts';
import type { QueueBackend } from './backend.ts';
import type { HandlersOf } from './handler.ts';
import { type Job, jobId, type Lane, laneOf, LANES, parseJob } from './job.ts';
import { type LaneWorker, startLaneWorker } from './lane-worker.ts';
import type { QueueLogger } from './logger.ts';
import { openPostgresBackend } from './postgres.ts';
import { openRedisBackend } from './redis.ts';
import { DEFAULT_TIMING, type QueueTiming } from './settings.ts';

export type QueueEngine =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly databaseUrl: string };

export interface OpenQueuesOptions {
  readonly engine: QueueEngine;
  /** Tells apart installations that share a Redis or a database. Letters, digits and `-`; BullMQ refuses `:`. */
  readonly prefix: string;
  readonly logger: QueueLogger;
  /** Tests shorten these. */
  readonly timing?: Partial<QueueTiming>;
}

export interface EnqueueRequest {
  readonly job: Job;
  /** Not before this many milliseconds from now. */
  readonly delayMs?: number;
  /** Jobs of a lower one are taken first; 0 where left out. */
  readonly priority?: number;
}

export interface Queues {
  readonly kind: QueueEngine['kind'];
  /**
   * Idempotent while the queue holds a job: an add under an id it holds is ignored, its delay included. Throws
   * `QUEUE_UNREACHABLE` within seconds; some of the jobs may be enqueued then, and all may be enqueued again.
   */
  enqueue(requests: readonly EnqueueRequest[]): Promise<void>;
  /** How many jobs of the lane are waiting, delayed or running. */
  heldJobs(lane: Lane): Promise<number>;
  work<L extends Lane>(
    lane: L,
    options: { readonly concurrency: number; readonly handlers: HandlersOf<L> },
  ): Promise<LaneWorker>;
  /** Workers still running are stopped at once, their jobs given back. */
  close(): Promise<void>;
}

/** Jobs per request: some hundred kilobytes, a fraction of a second. */
const CHUNK = 1_000;

/** What is asked can be asked again: for this long, which outlasts a connection that broke or a quick restart. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 100;

export async function openQueues(options: OpenQueuesOptions): Promise<Queues> {
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const backend = await openBackend(options, timing);
  const workers: Promise<LaneWorker>[] = [];
  let closed: Promise<void> | undefined;

  // A closed engine never answers, so that a straggler would wait for ever.
  const refuseWhenClosed = () => {
    if (closed !== undefined) throw new SyncError('INTERNAL', '[queue] used after it was closed');
  };
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    const patience = performance.now() + PATIENCE_MS;
    for (;;) {
      refuseWhenClosed();
      try {
        return await question();
      } catch (error) {
        if (performance.now() >= patience) throw backend.unreachable(error);
        await setTimeout(PAUSE_MS);
      }
    }
  };

  return {
    kind: backend.kind,
    async enqueue(requests) {
      for (const { lane, jobs } of arrange(requests)) {
        for (let from = 0; from < jobs.length; from += CHUNK) {
          await ask(() => backend.queues[lane].addBulk(jobs.slice(from, from + CHUNK)));
        }
      }
    },
    async heldJobs(lane) {
      const counts = await ask(() => backend.queues[lane].getJobCounts());
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    async work(lane, { concurrency, handlers }) {
      refuseWhenClosed();
      const { logger } = options;
      const worker = startLaneWorker(backend, { lane, concurrency, handlers, timing, logger });
      workers.push(worker);
      return await worker;
    },
    close() {
      closed ??= closeAll(workers, backend);
      return closed;
    },
  };
}

/** Workers first, those that are still starting included: they need the connections to give their jobs back. */
async function closeAll(workers: readonly Promise<LaneWorker>[], backend: QueueBackend): Promise<void> {
  const close = (worker: LaneWorker) => worker.close({ deadlineMs: 0 });
  await Promise.allSettled(workers.map((starting) => starting.then(close)));
  await backend.close();
}

async function openBackend(options: OpenQueuesOptions, timing: QueueTiming): Promise<QueueBackend> {
  const { engine, prefix, logger } = options;
  switch (engine.kind) {
    case 'redis':
      return await openRedisBackend({ url: engine.url, prefix, timing, logger });
    case 'postgres':
      return await openPostgresBackend({ databaseUrl: engine.databaseUrl, prefix, timing, logger });
  }
}

interface BulkJob {
  readonly name: string;
  readonly data: unknown;
  readonly opts: { readonly jobId: string; readonly delay?: number; readonly priority?: number };
}

const ORDER = new Intl.Collator('en', { numeric: true });

/**
 * By lane, and in the order of their ids: two processes that enqueue the same jobs (two sweeps) would deadlock
 * in PostgreSQL if each inserted them in an order of its own.
 */
function arrange(requests: readonly EnqueueRequest[]): { lane: Lane; jobs: BulkJob[] }[] {
  const bulk = requests.map(({ job, delayMs = 0, priority = 0 }) => {
    // A value of a wider type passes the compiler; a field that must not enter the queue stops here (I8).
    const parsed = parseJob(job.name, job.payload);
    if (!parsed.ok)
      throw new SyncError('INTERNAL', `[queue] refused to enqueue ${job.name}: ${parsed.fault}`);
    const opts = { jobId: jobId(job), delay: Math.max(0, Math.round(delayMs)), priority };
    return { lane: laneOf(job), bulkJob: { name: job.name, data: job.payload, opts } };
  });
  return LANES.map((lane) => {
    const jobs = bulk.filter((each) => each.lane === lane).map((each) => each.bulkJob);
    return { lane, jobs: jobs.sort((a, b) => ORDER.compare(a.opts.jobId, b.opts.jobId)) };
  });
}

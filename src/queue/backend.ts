import type { Job as QueuedJob, Processor, Queue, Worker, WorkerOptions } from 'bullmq';
import { settlesWithin, within } from './deadline.ts';
import type { Lane } from './job.ts';
import { CLOSE_TIMEOUT_MS, OPEN_TIMEOUT_MS } from './settings.ts';

/** The part of BullMQ's Queue that is the same on each engine. */
export type LaneQueue = Pick<Queue, 'addBulk' | 'getJobCounts' | 'rateLimit' | 'close' | 'waitUntilReady'>;

/** The part of BullMQ's Worker that is the same on each engine. */
export interface LaneConsumer {
  readonly worker: Pick<Worker, 'run' | 'pause' | 'close'> & {
    on(event: 'stalled', listener: (jobId: string) => void): unknown;
    on(event: 'failed', listener: (job: QueuedJob | undefined, error: Error) => void): unknown;
  };
  /** Ends the wait for the next job or for the end of a pause, which otherwise goes on for seconds. */
  interrupt(): Promise<void>;
}

export type ConsumerOptions = Pick<
  WorkerOptions,
  | 'concurrency'
  | 'lockDuration'
  | 'stalledInterval'
  | 'maxStalledCount'
  | 'maximumRateLimitDelay'
  | 'runRetryDelay'
>;

/** One engine, connected. It owns the connections; queues and consumers borrow them. */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  readonly queues: Readonly<Record<Lane, LaneQueue>>;
  /** The consumer takes no job before its worker is told to run. */
  openConsumer(lane: Lane, processor: Processor, options: ConsumerOptions): Promise<LaneConsumer>;
  /** The error to throw where this engine failed to do something. */
  unreachable(error: unknown): Error;
  /** To be called when all consumers are closed. */
  close(): Promise<void>;
}

export function byLane<T>(make: (lane: Lane) => T): Record<Lane, T> {
  return { runs: make('runs'), batches: make('batches'), alerts: make('alerts') };
}

/**
 * BullMQ asks once and remembers the answer: a queue or worker that was not ready when it was made never will
 * be, and must be closed.
 */
export async function untilReady(borrower: Pick<Queue, 'waitUntilReady'>): Promise<void> {
  await within(borrower.waitUntilReady(), OPEN_TIMEOUT_MS);
}

/** The backend, or its error once it is closed again. */
export async function whenReady(backend: QueueBackend): Promise<QueueBackend> {
  try {
    await Promise.all(Object.values(backend.queues).map(untilReady));
    return backend;
  } catch (error) {
    await backend.close();
    throw backend.unreachable(error);
  }
}

export async function closeQueues(queues: QueueBackend['queues']): Promise<void> {
  await Promise.all(Object.values(queues).map((queue) => settlesWithin(queue.close(), CLOSE_TIMEOUT_MS)));
}

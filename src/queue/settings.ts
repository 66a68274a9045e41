import type { QueueOptions } from 'bullmq';
import { SyncError } from '../core/errors.ts';
import { describeReason } from './logger.ts';

/** How long a queue that does not answer is waited for when it is opened. */
export const OPEN_TIMEOUT_MS = 5_000;

/** How long one request of a producer may take: somebody waits for it. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How long closing waits for an engine that has stopped answering. */
export const CLOSE_TIMEOUT_MS = 2_000;

export interface QueueTiming {
  /**
   * A worker renews the lock of each running job at half of this, so a job may take hours; what must stay
   * shorter is a pause of the event loop. After a crash nobody touches the job for about this long.
   */
  readonly lockMs: number;
  /** How often the workers look for jobs whose lock ran out. */
  readonly stalledCheckMs: number;
  /** A job may throw this often in all; then it is removed, and the sweep enqueues what is still due. */
  readonly attempts: number;
  /** The wait after the first throw. It doubles each time and is cut by up to half at random. */
  readonly firstRetryMs: number;
  /** How long handlers have to stop once their signal is aborted. */
  readonly abortGraceMs: number;
}

export const DEFAULT_TIMING: QueueTiming = {
  lockMs: 30_000,
  stalledCheckMs: 15_000,
  attempts: 8,
  firstRetryMs: 1_000,
  abortGraceMs: 1_000,
};

/** Nothing reads BullMQ's event log; both engines must be told not to keep ten thousand entries of it. */
const EVENTS_KEPT = 100;

/** What each queue is told, whatever the engine. */
export function queueOptions(timing: QueueTiming): Pick<QueueOptions, 'defaultJobOptions' | 'streams'> {
  return {
    streams: { events: { maxLen: EVENTS_KEPT } },
    defaultJobOptions: {
      attempts: timing.attempts,
      backoff: { type: 'exponential', delay: timing.firstRetryMs, jitter: 0.5 },
      // An id that is kept blocks the next job of that id (design: both engines ignore such an add).
      removeOnComplete: true,
      removeOnFail: true,
      // A stack trace says more than a queue should know (I8); the log has it.
      stackTraceLimit: 0,
    },
  };
}

/** `remedy` names the variable to look at. The cause is not attached: it may hold the password (I8). */
export function queueUnreachable(place: string, remedy: string, error: unknown): SyncError {
  const reason = describeReason(error).trim().replace(/\.$/, '');
  return new SyncError('QUEUE_UNREACHABLE', `[queue] ${place} cannot be used: ${reason}. ${remedy}`);
}

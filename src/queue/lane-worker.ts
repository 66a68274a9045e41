import { type Job as QueuedJob, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { LaneConsumer, QueueBackend } from './backend.ts';
import { deferred, settlesWithin } from './deadline.ts';
import { handleJob, type JobResult, type SomeHandlers } from './handler.ts';
import { type Lane, parseJob } from './job.ts';
import { describeError, type QueueLogger } from './logger.ts';
import { CLOSE_TIMEOUT_MS, type QueueTiming } from './settings.ts';

/**
 * A job that stalls has lost its worker, not failed: it runs again, which is harmless (I3). The bound only
 * stops a job that kills every worker it meets; the sweep then enqueues it anew.
 */
const MAX_STALLED = 100;

/** BullMQ waits this long to try again what the engine did not answer. */
const ENGINE_RETRY_MS = 1_000;

export interface LaneWorkerOptions {
  readonly lane: Lane;
  readonly concurrency: number;
  readonly handlers: SomeHandlers;
  readonly timing: QueueTiming;
  readonly logger: QueueLogger;
}

export interface LaneWorker {
  /** False once it is closed, and where BullMQ gave up, which nothing but a new process mends. */
  isRunning(): boolean;
  /**
   * Takes no new job and waits for those running. At the deadline their signals abort, and whatever has not
   * finished a moment later goes back to the queue for another worker. Resolves in any case.
   */
  close(options: { deadlineMs: number }): Promise<void>;
}

export async function startLaneWorker(
  backend: QueueBackend,
  options: LaneWorkerOptions,
): Promise<LaneWorker> {
  const { lane, timing, logger } = options;
  const running = new RunningJobs(options, (delayMs) => backend.queues[lane].rateLimit(delayMs));
  const consumer = await backend.openConsumer(lane, running.process, {
    concurrency: options.concurrency,
    lockDuration: timing.lockMs,
    stalledInterval: timing.stalledCheckMs,
    maxStalledCount: MAX_STALLED,
    // BullMQ sleeps through a pause, also with a job that came with the end of another: no longer than that job's lock lasts.
    maximumRateLimitDelay: timing.lockMs / 2,
    runRetryDelay: ENGINE_RETRY_MS,
  });
  logLosses(consumer, options);
  let isRunning = true;
  const loop = consumer.worker
    .run()
    .catch((error: unknown) => {
      logger.error(
        { lane, error: describeError(error) },
        `[queue] lane ${lane} stopped: restart this process`,
      );
    })
    .finally(() => (isRunning = false));
  let stopped: Promise<void> | undefined;
  return {
    isRunning: () => isRunning,
    close: ({ deadlineMs }) => (stopped ??= stop({ consumer, running, loop, deadlineMs, timing })),
  };
}

interface Stopping {
  readonly consumer: LaneConsumer;
  readonly running: RunningJobs;
  /** Settles when BullMQ fetches no more and no job runs. */
  readonly loop: Promise<void>;
  readonly deadlineMs: number;
  readonly timing: QueueTiming;
}

/** Every wait has a deadline of its own: the engine may be away, and a process must be able to end all the same. */
async function stop({ consumer, running, loop, deadlineMs, timing }: Stopping): Promise<void> {
  running.stop();
  await consumer.worker.pause(true);
  await settlesWithin(consumer.interrupt(), CLOSE_TIMEOUT_MS);
  if (!(await settlesWithin(loop, deadlineMs))) {
    running.abort();
    if (!(await settlesWithin(loop, timing.abortGraceMs))) {
      running.giveBack();
      await settlesWithin(loop, CLOSE_TIMEOUT_MS);
    }
  }
  // Forced: what there was to wait for has been waited for, and an unforced close waits without a deadline.
  await settlesWithin(consumer.worker.close(true), CLOSE_TIMEOUT_MS);
}

function logLosses({ worker }: LaneConsumer, { lane, logger }: LaneWorkerOptions): void {
  worker.on('stalled', (jobId) => {
    logger.warn({ lane, jobId }, `[${jobId}] lost its worker and runs again`);
  });
  worker.on('failed', (job, error) => {
    // Set only when BullMQ will not try again.
    if (job?.finishedOn === undefined) return;
    logger.error(
      { lane, jobId: job.id, attempts: job.attemptsMade },
      `[${job.id ?? job.name}] given up and removed: ${error.message}. The sweep enqueues it again while it is due.`,
    );
  });
}

/** What was told to stop, and has or has not in time. */
const UNFINISHED: JobResult = { kind: 'unfinished' };

/** A job in the hands of a handler. */
interface RunningJob {
  readonly abort: () => void;
  readonly giveBack: () => void;
}

/** The one place where what a handler returns or throws becomes something BullMQ understands. */
class RunningJobs {
  readonly #options: LaneWorkerOptions;
  readonly #pauseLane: (delayMs: number) => Promise<void>;
  readonly #jobs = new Set<RunningJob>();
  readonly #stopping = new AbortController();
  #pausedUntil = 0;

  constructor(options: LaneWorkerOptions, pauseLane: (delayMs: number) => Promise<void>) {
    this.#options = options;
    this.#pauseLane = pauseLane;
  }

  stop(): void {
    this.#stopping.abort();
  }

  abort(): void {
    for (const job of this.#jobs) job.abort();
  }

  giveBack(): void {
    for (const job of this.#jobs) job.giveBack();
  }

  /** BullMQ's processor: returning completes the job, and what is thrown decides what else becomes of it. */
  readonly process = async (job: QueuedJob, token?: string): Promise<void> => {
    // BullMQ may fetch one more job while it is being stopped.
    if (this.#stopping.signal.aborted) throw await putBack(job, token);
    // And one while its lane is paused: a job that ends meanwhile makes it fetch the next.
    const pausedMs = this.#pausedUntil - performance.now();
    if (pausedMs > 0) {
      await this.#pauseLane(Math.ceil(pausedMs));
      throw Worker.RateLimitError();
    }
    const result = await this.#handle(job);
    switch (result.kind) {
      case 'done':
        return;
      case 'unfinished':
        throw await putBack(job, token);
      case 'pause-lane':
        await this.#pause(Math.max(1, Math.ceil(result.delayMs)));
        throw Worker.RateLimitError();
    }
  };

  async #pause(delayMs: number): Promise<void> {
    this.#pausedUntil = performance.now() + delayMs;
    await this.#pauseLane(delayMs);
  }

  async #handle(queued: QueuedJob): Promise<JobResult> {
    const parsed = parseJob(queued.name, queued.data);
    if (!parsed.ok) throw new UnrecoverableError(`payload refused: ${parsed.fault}`);

    const controller = new AbortController();
    const { promise: givenBack, resolve: giveBack } = deferred<JobResult>();
    const running: RunningJob = {
      abort: () => controller.abort(),
      giveBack: () => giveBack(UNFINISHED),
    };
    this.#jobs.add(running);
    try {
      const { signal } = controller;
      const context = { signal, stopping: this.#stopping.signal, jobId: queued.id ?? queued.name };
      return await Promise.race([handleJob(this.#options.handlers, parsed.job, context), givenBack]);
    } catch (error) {
      if (controller.signal.aborted) return UNFINISHED;
      throw this.#logFailure(queued, error);
    } finally {
      this.#jobs.delete(running);
    }
  }

  /** What was thrown goes to the log; the queue, which stores messages, learns only that it happened (I8). */
  #logFailure(job: QueuedJob, error: unknown): Error {
    const attempt = job.attemptsMade + 1;
    const attempts = job.opts.attempts ?? 1;
    this.#options.logger.warn(
      { lane: this.#options.lane, jobId: job.id, attempt, attempts, error: describeError(error) },
      `[${job.id ?? job.name}] failed, attempt ${attempt} of ${attempts}`,
    );
    return new Error(`${job.name} failed ${attempt} times`);
  }
}

/** Back to waiting, first in line, without counting as a failure. The error tells BullMQ that it has moved. */
async function putBack(job: QueuedJob, token: string | undefined): Promise<WaitingError> {
  await job.moveToWait(token);
  return new WaitingError();
}

import { Job } from 'bullmq';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import type { EnqueueRequest, Queues } from '../../src/queue/engine.ts';
import type { Handler, JobResult } from '../../src/queue/handler.ts';
import { startChild } from '../support/child.ts';
import { recordLog } from '../support/log-record.ts';
import { describeEachEngine, makePrefix } from '../support/queue-engines.ts';

function batch(number: number): EnqueueRequest {
  return { job: { name: 'fetch-batch', payload: { runId: '7', batch: number, attempt: 1 } } };
}

function done(): Promise<JobResult> {
  return Promise.resolve({ kind: 'done' });
}

/** Works on batches one at a time, unless told otherwise. */
function work(queues: Queues, handler: Handler<'fetch-batch'>, concurrency = 1) {
  return queues.work('batches', { concurrency, handlers: { 'fetch-batch': handler } });
}

const never = new Promise<never>(() => undefined);

/** BullMQ ends a job and takes the next in one request; of that of the first job that ends, the answer arrives late. */
function delayFirstAnswer(): void {
  const spy = vi.spyOn(Job.prototype, 'moveToCompleted');
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(async function (this: Job, ...args) {
    spy.mockRestore();
    const next = await this.moveToCompleted(...args);
    await delay(150);
    return next;
  });
}

describeEachEngine('a lane', (engine) => {
  it('takes no job while it is paused, then all of them', async () => {
    const queues = await engine.open();
    const order: string[] = [];
    const { promise: complete, resolve } = deferred<undefined>();
    await queues.enqueue([batch(1), batch(2)]);
    let resumedAt = Infinity;
    await work(queues, ({ batch: number }) => {
      if (order.length === 0) {
        resumedAt = Date.now() + 200;
        order.push('paused');
        return Promise.resolve({ kind: 'pause-lane', delayMs: 200 });
      }
      // The engine keeps time to the millisecond, and so do we.
      order.push(Date.now() >= resumedAt - 1 ? `batch ${number}` : `batch ${number} too early`);
      if (order.length === 3) resolve(undefined);
      return done();
    });
    await complete;
    expect([...order].sort()).toEqual(['batch 1', 'batch 2', 'paused']);
  });

  it('loses no job that comes as a pause begins, however long that is', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { lockMs: 1_000, stalledCheckMs: 500 }, logger });
    delayFirstAnswer();
    const { promise: complete, resolve } = deferred<undefined>();
    const taken: number[] = [];
    await queues.enqueue([batch(1), batch(2), batch(3)]);
    const handler: Handler<'fetch-batch'> = async ({ batch: number }) => {
      taken.push(number);
      const times = taken.filter((each) => each === number).length;
      // After the end of batch 2, with which comes batch 3.
      if (number === 1 && times === 1) {
        await delay(50);
        return { kind: 'pause-lane', delayMs: 1_300 };
      }
      if (number === 3 && times === 1) return { kind: 'pause-lane', delayMs: 50 };
      if (taken.length === 5) resolve(undefined);
      return done();
    };
    await work(queues, handler, 2);
    await complete;
    expect([...taken].sort()).toEqual([1, 1, 2, 3, 3]);
    expect(logger.lines).toEqual([]);
  });

  it('stays paused when another of its jobs ends meanwhile', async () => {
    const queues = await engine.open();
    const slow = deferred<undefined>();
    const { promise: complete, resolve } = deferred<undefined>();
    let resumedAt = Infinity;
    let early = 0;
    let calls = 0;
    await queues.enqueue([1, 2, 3, 4, 5].map(batch));
    const handler: Handler<'fetch-batch'> = async () => {
      calls += 1;
      if (calls === 1) {
        await slow.promise;
        return { kind: 'done' };
      }
      if (calls === 2) {
        resumedAt = Date.now() + 200;
        setTimeout(() => slow.resolve(undefined), 50);
        return { kind: 'pause-lane', delayMs: 200 };
      }
      if (Date.now() < resumedAt - 1) early += 1;
      if (calls === 6) resolve(undefined);
      return { kind: 'done' };
    };
    await work(queues, handler, 2);
    await complete;
    expect(early).toBe(0);
  });

  it('takes jobs of a low priority number first, though they come later or were put back', async () => {
    const queues = await engine.open();
    const taken: number[] = [];
    const { promise: complete, resolve } = deferred<undefined>();
    await queues.enqueue([{ ...batch(3), priority: 2 }]);
    await queues.enqueue([{ ...batch(2), priority: 1 }]);
    await queues.enqueue([batch(1)]);
    await work(queues, ({ batch: number }) => {
      taken.push(number);
      if (taken.length === 1) return Promise.resolve({ kind: 'pause-lane', delayMs: 5 });
      if (taken.length === 4) resolve(undefined);
      return done();
    });
    await complete;
    expect(taken).toEqual([1, 1, 2, 3]);
  });

  it('does not count a pause as a failure', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { attempts: 1 }, logger });
    let calls = 0;
    const { promise: complete, resolve } = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    await work(queues, () => {
      calls += 1;
      if (calls < 4) return Promise.resolve({ kind: 'pause-lane', delayMs: 1 });
      resolve(undefined);
      return done();
    });
    await complete;
    expect(logger.lines).toEqual([]);
  });

  it('tries a job again when its handler throws', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { firstRetryMs: 5 }, logger });
    let calls = 0;
    const { promise: complete, resolve } = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, () => {
      calls += 1;
      if (calls < 3) throw new Error('the platform hiccupped');
      resolve(undefined);
      return done();
    });
    await complete;
    await worker.close({ deadlineMs: 10_000 });
    expect(await queues.heldJobs('batches')).toBe(0);
    expect(logger.lines.map((line) => line.message)).toEqual([
      '[fetch-batch-7-1-1] failed, attempt 1 of 8',
      '[fetch-batch-7-1-1] failed, attempt 2 of 8',
    ]);
    expect(logger.lines[0]?.details).toMatchObject({ error: { message: 'the platform hiccupped' } });
  });

  it('gives up a job that keeps throwing, which may then be enqueued anew', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { firstRetryMs: 5, attempts: 3 }, logger });
    await queues.enqueue([batch(1)]);
    await work(queues, () => Promise.reject(new Error('no')));
    const line = await logger.untilLine(/given up/);
    expect(line).toMatchObject({ level: 'error', details: { jobId: 'fetch-batch-7-1-1', attempts: 3 } });
    expect(await queues.heldJobs('batches')).toBe(0);
  });

  it('tells the queue nothing of what a handler threw (I8)', async () => {
    const prefix = makePrefix();
    const queues = await engine.open({ prefix, timing: { firstRetryMs: 60_000 } });
    const { promise: thrown, resolve } = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, () => {
      resolve(undefined);
      throw new Error('token eyJhbGciOi for jane@example.com');
    });
    await thrown;
    await worker.close({ deadlineMs: 10_000 });
    const stored = await engine.readStored(prefix);
    expect(stored).toContain('fetch-batch-7-1-1');
    expect(stored).toContain('fetch-batch failed');
    expect(stored).not.toMatch(/eyJ|jane/);
  });

  it('removes a job whose payload it cannot read, saying why', async () => {
    const logger = recordLog();
    const prefix = makePrefix();
    const queues = await engine.open({ prefix, logger });
    await engine.addRaw({ prefix, lane: 'batches', name: 'fetch-batch', payload: { runId: 7 } });
    await work(queues, done);
    const line = await logger.untilLine(/given up/);
    expect(line.level).toBe('error');
    expect(line.message).toContain('payload refused: payload.runId');
    expect(await queues.heldJobs('batches')).toBe(0);
  });

  it('finishes what runs when it is closed, and takes nothing more', async () => {
    const queues = await engine.open();
    const started = deferred<undefined>();
    const release = deferred<undefined>();
    let calls = 0;
    await queues.enqueue([batch(1), batch(2), batch(3)]);
    const worker = await work(queues, async () => {
      calls += 1;
      started.resolve(undefined);
      await release.promise;
      return { kind: 'done' };
    });
    await started.promise;
    const closed = worker.close({ deadlineMs: 60_000 });
    release.resolve(undefined);
    await closed;
    expect(calls).toBe(1);
    expect(await queues.heldJobs('batches')).toBe(2);
  });

  it('is closed while it is paused without waiting for the end of that', { timeout: 10_000 }, async () => {
    const queues = await engine.open();
    const paused = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, () => {
      paused.resolve(undefined);
      return Promise.resolve({ kind: 'pause-lane', delayMs: 60_000 });
    });
    await paused.promise;
    await worker.close({ deadlineMs: 60_000 });
    expect(await queues.heldJobs('batches')).toBe(1);
  });

  it('starts no job once it is being closed, not even one it had asked for', async () => {
    const queues = await engine.open();
    let started = 0;
    let startedLate = 0;
    for (const round of [1, 2, 3, 4, 5]) {
      const idle = deferred<undefined>();
      let closing = false;
      const worker = await work(queues, () => {
        if (closing) startedLate += 1;
        started += 1;
        idle.resolve(undefined);
        return done();
      });
      await queues.enqueue([batch(round)]);
      await idle.promise;
      // The worker hears of this one at the same moment.
      await queues.enqueue([batch(100 + round)]);
      closing = true;
      await worker.close({ deadlineMs: 10_000 });
    }
    expect(startedLate).toBe(0);
    expect(started + (await queues.heldJobs('batches'))).toBe(10);
  });

  it('gives back, at the deadline, what would not stop', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { abortGraceMs: 10, attempts: 1 }, logger });
    const started = deferred<undefined>();
    const aborted = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, async (_, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve(undefined));
      started.resolve(undefined);
      return await never;
    });
    await started.promise;
    await worker.close({ deadlineMs: 10 });
    await aborted.promise;
    expect(await queues.heldJobs('batches')).toBe(1);

    const again = deferred<undefined>();
    await work(queues, () => {
      again.resolve(undefined);
      return done();
    });
    await again.promise;
    expect(logger.lines).toEqual([]);
  });

  it('gives back what stopped at the signal, and counts it no failure', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { attempts: 1 }, logger });
    const started = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, async (_, { signal }) => {
      started.resolve(undefined);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      signal.throwIfAborted();
      return { kind: 'done' };
    });
    await started.promise;
    await worker.close({ deadlineMs: 0 });
    expect(await queues.heldJobs('batches')).toBe(1);
    expect(logger.lines).toEqual([]);
  });

  it('gives back what left off between two steps because it was being closed, long before the deadline', async () => {
    const logger = recordLog();
    const queues = await engine.open({ timing: { attempts: 1 }, logger });
    const started = deferred<AbortSignal>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, async (_, { signal, stopping }) => {
      started.resolve(signal);
      await new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve()));
      return { kind: 'unfinished' };
    });
    const signal = await started.promise;
    await worker.close({ deadlineMs: 60_000 });
    expect(signal.aborted).toBe(false);
    expect(await queues.heldJobs('batches')).toBe(1);
    expect(logger.lines).toEqual([]);
  });

  it('counts as done what finished in spite of the signal', async () => {
    const queues = await engine.open();
    const started = deferred<undefined>();
    await queues.enqueue([batch(1)]);
    const worker = await work(queues, async (_, { signal }) => {
      started.resolve(undefined);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return { kind: 'done' };
    });
    await started.promise;
    await worker.close({ deadlineMs: 0 });
    expect(await queues.heldJobs('batches')).toBe(0);
  });

  it('takes over the job of a worker that was killed', async () => {
    const prefix = makePrefix();
    const logger = recordLog();
    const timing = { lockMs: 400, stalledCheckMs: 100 };
    const queues = await engine.open({ prefix, timing, logger });
    await queues.enqueue([batch(1)]);
    const child = startChild('queue-worker.ts', { engine: engine.engine, prefix, timing, task: 'hang' });
    await child.untilLine('handling fetch-batch-7-1-1');
    await child.kill();

    const taken = deferred<string>();
    await work(queues, (_, { jobId }) => {
      taken.resolve(jobId);
      return done();
    });
    expect(await taken.promise).toBe('fetch-batch-7-1-1');
    await logger.untilLine(/lost its worker/);
  });

  it('lets its process end by itself once it is closed', async () => {
    const prefix = makePrefix();
    const child = startChild('queue-worker.ts', { engine: engine.engine, prefix, task: 'close' });
    expect(await child.untilExit()).toBe(0);
  });
});

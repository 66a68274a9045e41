import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import { type EnqueueRequest, openQueues } from '../../src/queue/engine.ts';
import type { JobResult } from '../../src/queue/handler.ts';
import type { Payload } from '../../src/queue/job.ts';
import { recordLog } from '../support/log-record.ts';
import { describeEachEngine, makePrefix } from '../support/queue-engines.ts';

function batch(number: number, delayMs?: number): EnqueueRequest {
  const job = { name: 'fetch-batch' as const, payload: { runId: '7', batch: number, attempt: 1 } };
  return delayMs === undefined ? { job } : { job, delayMs };
}

function done(): Promise<JobResult> {
  return Promise.resolve({ kind: 'done' });
}

/** A handler that remembers what it was given, and a promise of its having been given so much. */
function collect(expected: number) {
  const handled: Payload<'fetch-batch'>[] = [];
  const { promise, resolve } = deferred<undefined>();
  const handler = (payload: Payload<'fetch-batch'>) => {
    handled.push(payload);
    if (handled.length === expected) resolve(undefined);
    return done();
  };
  return { handled, complete: promise, handlers: { 'fetch-batch': handler } };
}

describeEachEngine('queues', (engine) => {
  it('hand a job to a worker with its payload and its id', async () => {
    const queues = await engine.open();
    const { promise, resolve } = deferred<unknown>();
    await queues.work('runs', {
      concurrency: 1,
      handlers: {
        'nightly-sync': (payload, { jobId, signal }) => {
          resolve({ payload, jobId, aborted: signal.aborted });
          return done();
        },
        'finish-run': done,
      },
    });
    const payload = { runKey: 'nightly-20261121T020000Z', trigger: 'schedule' as const, attempt: 0 };
    await queues.enqueue([{ job: { name: 'nightly-sync', payload } }]);

    expect(await promise).toEqual({
      payload,
      jobId: 'nightly-sync-nightly-20261121T020000Z-0',
      aborted: false,
    });
  });

  it('hold a job once, however often it is enqueued', async () => {
    const queues = await engine.open();
    await queues.enqueue([batch(1), batch(2), batch(1)]);
    await Promise.all([queues.enqueue([batch(2), batch(1)]), queues.enqueue([batch(1, 60_000), batch(2)])]);

    expect(await queues.heldJobs('batches')).toBe(2);
    const { handled, complete, handlers } = collect(2);
    const worker = await queues.work('batches', { concurrency: 2, handlers });
    await complete;
    await worker.close({ deadlineMs: 10_000 });
    expect(handled.map((payload) => payload.batch).sort()).toEqual([1, 2]);
    expect(await queues.heldJobs('batches')).toBe(0);
  });

  it('accept a job again once it is done', async () => {
    const queues = await engine.open();
    for (const round of [1, 2]) {
      const { handled, complete, handlers } = collect(1);
      await queues.enqueue([batch(1)]);
      const worker = await queues.work('batches', { concurrency: 1, handlers });
      await complete;
      await worker.close({ deadlineMs: 10_000 });
      expect({ round, handled: handled.length }).toEqual({ round, handled: 1 });
    }
  });

  it('keep a delayed job back', async () => {
    const queues = await engine.open();
    await queues.enqueue([batch(1, 200), batch(2)]);
    const { handled, complete, handlers } = collect(2);
    await queues.work('batches', { concurrency: 1, handlers });
    await complete;
    expect(handled.map((payload) => payload.batch)).toEqual([2, 1]);
  });

  it('hand out 5,000 jobs, each once', async () => {
    const queues = await engine.open();
    const { handled, complete, handlers } = collect(5_000);
    await queues.enqueue(Array.from({ length: 5_000 }, (_, number) => batch(number)));
    await queues.work('batches', { concurrency: 8, handlers });
    await complete;
    expect(new Set(handled.map((payload) => payload.batch)).size).toBe(5_000);
    expect(handled).toHaveLength(5_000);
  });

  it('let two processes enqueue the same jobs in opposite orders at the same time', async () => {
    const prefix = makePrefix();
    const [one, other] = await Promise.all([engine.open({ prefix }), engine.open({ prefix })]);
    const jobs = Array.from({ length: 1_500 }, (_, number) => batch(number));
    await Promise.all([one.enqueue(jobs), other.enqueue(jobs.toReversed()), one.enqueue(jobs)]);
    expect(await one.heldJobs('batches')).toBe(1_500);
  });

  it('let no lane wait for another', async () => {
    const queues = await engine.open({ timing: { abortGraceMs: 10 } });
    const never = new Promise<never>(() => undefined);
    await queues.work('alerts', { concurrency: 1, handlers: { 'deliver-alert': () => never } });
    const { complete, handlers } = collect(1);
    await queues.work('batches', { concurrency: 1, handlers });
    await queues.enqueue([
      { job: { name: 'deliver-alert', payload: { alertId: '1', attempt: 1 } } },
      { job: { name: 'deliver-alert', payload: { alertId: '2', attempt: 1 } } },
      batch(1),
    ]);
    await complete;
    expect(await queues.heldJobs('alerts')).toBe(2);
  });

  it('of another prefix see none of the jobs', async () => {
    const [ours, theirs] = await Promise.all([engine.open(), engine.open()]);
    await ours.enqueue([batch(1), batch(2)]);
    expect(await theirs.heldJobs('batches')).toBe(0);

    const { handled, complete, handlers } = collect(1);
    const worker = await theirs.work('batches', { concurrency: 4, handlers });
    await theirs.enqueue([batch(1)]);
    await complete;
    await worker.close({ deadlineMs: 10_000 });
    expect(handled).toHaveLength(1);
    expect(await ours.heldJobs('batches')).toBe(2);
  });

  it('refuse a payload with a field that is not the job’s', async () => {
    const queues = await engine.open();
    const payload = { runId: '7', batch: 1, attempt: 1, entries: ['somebody'] };
    const enqueued = queues.enqueue([{ job: { name: 'fetch-batch', payload } }]);
    await expect(enqueued).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(enqueued).rejects.not.toThrow('somebody');
    expect(await queues.heldJobs('batches')).toBe(0);
  });

  it('go on after every connection was cut', async () => {
    const queues = await engine.open({ timing: { firstRetryMs: 20 } });
    const { promise: cut, resolve: reportCut } = deferred<undefined>();
    const { promise: after, resolve: reportAfter } = deferred<undefined>();
    await queues.work('batches', {
      concurrency: 1,
      handlers: {
        'fetch-batch': async ({ batch: number }) => {
          if (number === 2) reportAfter(undefined);
          else {
            await engine.cutConnections();
            reportCut(undefined);
          }
          return await done();
        },
      },
    });
    await queues.enqueue([batch(1)]);
    await cut;
    await queues.enqueue([batch(2)]);
    await after;
  });

  it('refuse to be used after they were closed', async () => {
    const queues = await engine.open();
    await queues.close();
    await expect(queues.enqueue([batch(1)])).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(queues.heldJobs('runs')).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(
      queues.work('batches', { concurrency: 1, handlers: collect(1).handlers }),
    ).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('opening', () => {
  it.each([
    ['Redis', { kind: 'redis' as const, url: 'redis://:s3cret@127.0.0.1:1' }, 'Redis at 127.0.0.1:1 '],
    [
      'PostgreSQL',
      { kind: 'postgres' as const, databaseUrl: 'postgres://me:s3cret@127.0.0.1:1/directory' },
      'PostgreSQL at 127.0.0.1:1, database directory ',
    ],
    ['no URL of Redis', { kind: 'redis' as const, url: 'redis//:s3cret@host' }, 'REDIS_URL is no'],
    [
      'no URL of PostgreSQL',
      { kind: 'postgres' as const, databaseUrl: 'postgres://u:s3cret@:h:p' },
      'DATABASE_URL is no',
    ],
  ])('%s that is not there fails at once, saying where and no password', async (_, engine, where) => {
    const logger = recordLog();
    const opened = openQueues({ engine, prefix: 'test', logger });
    const error = await opened.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    expect(String(error)).toContain(where);
    expect(inspect([error, logger.lines], { depth: 10 })).not.toContain('s3cret');
  });
});

import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import { type EnqueueRequest, openQueues, type Queues } from '../../src/queue/engine.ts';
import { recordLog } from '../support/log-record.ts';
import { findRedisProgram, type RedisServer, startRedis } from '../support/redis.ts';

const program = await findRedisProgram();

const finishRun: EnqueueRequest = { job: { name: 'finish-run', payload: { runId: '1' } } };

/** These stop and start a server of their own, which the one in REDIS_URL is not. */
describe.skipIf(program === undefined)('a Redis', () => {
  const start = async (port?: number, more: string[] = []): Promise<RedisServer> => {
    const server = await startRedis(program ?? '', port, more);
    onTestFinished(() => server.end());
    return server;
  };
  const open = async (url: string, logger = recordLog()): Promise<Queues> => {
    const timing = { abortGraceMs: 10 };
    const queues = await openQueues({ engine: { kind: 'redis', url }, prefix: 'test', logger, timing });
    onTestFinished(() => queues.close());
    return queues;
  };

  it('that goes away fails what is enqueued, and workers go on when it is back', async () => {
    const logger = recordLog();
    const server = await start();
    const queues = await open(server.url, logger);
    const handled = deferred<undefined>();
    await queues.work('runs', {
      concurrency: 2,
      handlers: {
        'nightly-sync': () => Promise.resolve({ kind: 'done' }),
        'finish-run': () => {
          handled.resolve(undefined);
          return Promise.resolve({ kind: 'done' });
        },
      },
    });
    await server.end();
    const enqueued = queues.enqueue([finishRun]);
    await expect(enqueued).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    await expect(enqueued).rejects.toThrow(/Redis at 127\.0\.0\.1:\d+ cannot be used: connect ECONNREFUSED/);

    await start(server.port);
    await queues.enqueue([finishRun]);
    await handled.promise;
    await logger.untilLine(/answers again/);
    const messages = logger.lines.map((line) => line.message);
    expect(messages.filter((message) => message.includes('ECONNREFUSED'))).toHaveLength(1);
  });

  it('that is away does not keep the queues from closing', async () => {
    const server = await start();
    const queues = await open(server.url);
    const started = deferred<undefined>();
    await queues.work('runs', {
      concurrency: 1,
      handlers: {
        'nightly-sync': () => Promise.resolve({ kind: 'done' }),
        'finish-run': () => {
          started.resolve(undefined);
          return new Promise(() => undefined);
        },
      },
    });
    await queues.enqueue([finishRun]);
    await started.promise;
    await server.end();
    await queues.close();
  });

  it('with a password takes the right one, and repeats no wrong one', async () => {
    const server = await start(undefined, ['--requirepass', 'r1ght']);
    const right = await open(server.url.replace('//', '//:r1ght@'));
    expect(await right.heldJobs('runs')).toBe(0);

    const logger = recordLog();
    const wrong = open(server.url.replace('//', '//:wr0ng@'), logger);
    await expect(wrong).rejects.toThrow(/cannot be used: WRONGPASS/);
    const error = await wrong.catch((reason: unknown) => reason);
    expect(inspect([error, logger.lines], { depth: 10 })).not.toContain('wr0ng');
  });
});

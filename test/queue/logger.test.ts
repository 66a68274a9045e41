import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createOutageLog, describeError, describeReason, type QueueLogger } from '../../src/queue/logger.ts';
import { recordLog } from '../support/log-record.ts';

describe('an outage', () => {
  it('is logged once for each way it shows, and so is its end', () => {
    const logger = recordLog();
    const outage = createOutageLog('Redis at there:6379', logger);
    outage.recovered();
    for (const reason of ['reset', 'refused', 'refused', 'refused']) outage.report(new Error(reason));
    outage.recovered();
    outage.recovered();
    outage.report(new Error('refused'));
    expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn [queue] Redis at there:6379: reset',
      'warn [queue] Redis at there:6379: refused',
      'info [queue] Redis at there:6379 answers again',
      'warn [queue] Redis at there:6379: refused',
    ]);
    expect(logger.lines[2]?.details).toEqual({ errors: 4 });
  });

  it('is not what the loss of one job is', () => {
    const logger = recordLog();
    const outage = createOutageLog('Redis at there:6379', logger);
    outage.report(
      Object.assign(new Error('Missing lock for job finish-run-1-0. moveToFinished'), { code: -2 }),
    );
    outage.recovered();
    expect(logger.lines.map((line) => line.message)).toEqual([
      '[queue] Missing lock for job finish-run-1-0. moveToFinished; the job may run again',
    ]);
  });
});

describe('an error', () => {
  it('is described without what hangs on it (I8)', () => {
    const error = Object.assign(new Error('WRONGPASS'), {
      code: 'ERR',
      command: { name: 'auth', args: ['s3cret'] },
      detail: 'Key (email)=(jane@example.com) already exists.',
    });
    expect(describeError(error)).toEqual({
      name: 'Error',
      code: 'ERR',
      message: 'WRONGPASS',
      stack: error.stack,
    });
  });

  it('of several addresses says what each answered', () => {
    const error = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    expect(describeReason(error)).toBe('::1 refused; 127.0.0.1 refused');
  });
});

it('a pino logger is a logger of the queue', () => {
  const logger: QueueLogger = pino({ level: 'silent' });
  logger.info({}, 'nothing');
});

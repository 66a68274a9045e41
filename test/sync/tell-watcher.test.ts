import { describe, expect, onTestFinished, test } from 'vitest';
import { createWatcher } from '../../src/http/heartbeat.ts';
import { Secret } from '../../src/core/secret.ts';
import { tellWatcher } from '../../src/sync/tell-watcher.ts';
import { findUnusedOrigin, startHttpServer, type ReceivedRequest } from '../support/http-server.ts';
import { recordLog, type LogRecord } from '../support/log-record.ts';
import { openStore, type TestStore } from '../support/store.ts';

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';

interface Place extends TestStore {
  readonly log: LogRecord;
  readonly received: readonly ReceivedRequest[];
  /** What the check answers from now on. */
  answer(status: number): void;
  tell(times?: number): Promise<void>;
}

/** A check that keeps what it is told, and a database with one night in it. */
async function openPlace(url?: string): Promise<Place> {
  const store = await openStore(2);
  const received: ReceivedRequest[] = [];
  let status = 200;
  const server = await startHttpServer((request, response) => {
    received.push(request);
    response.writeHead(status).end('OK');
  });
  onTestFinished(() => server.close());
  const log = recordLog();
  const watcher = createWatcher(new Secret(url ?? `${server.origin}/ping/the-secret-part`));
  const context = { database: store.database, watcher, log };
  await store.query(`INSERT INTO runs (key, trigger) VALUES ('nightly-1', 'schedule')`);
  return {
    ...store,
    log,
    received,
    answer: (next) => (status = next),
    async tell(times = 1) {
      for (let count = 1; count <= times; count += 1) await tellWatcher(context);
    },
  };
}

const PUBLISH = `UPDATE runs SET status = 'published', as_of = clock_timestamp(), published_at = clock_timestamp(),
                                 closed_at = clock_timestamp(), coverage = 1`;
const HOLD = `UPDATE runs SET status = 'held', planned_at = clock_timestamp(), reasons = '{"412 of 3,980 users"}'`;

describe('the watcher outside', () => {
  test('is told once when a night begins and once when it succeeds, under the same id', async () => {
    const place = await openPlace();
    await place.tell(2);
    await place.query(PUBLISH);
    await place.tell(2);
    const [begin, end, ...more] = place.received.map(({ method, path }) => `${method} ${path}`);
    expect(more).toEqual([]);
    expect(begin).toMatch(new RegExp(`^POST /ping/the-secret-part/start\\?rid=${UUID}$`));
    expect(end).toBe(begin?.replace('/start', ''));
    expect(place.received[1]?.body).toBe('Run 1 is published: changes 0, unanswered 0.');
  });

  test('is told why a night failed, and told anew when it is opened again', async () => {
    const place = await openPlace();
    await place.query(
      `UPDATE runs SET status = 'failed', error = 'every call failed', closed_at = clock_timestamp()`,
    );
    await place.tell(2);
    await place.query(`UPDATE runs SET status = 'open', openings = 2, end_told_at = NULL`);
    await place.tell(2);
    expect(place.received.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
      '/ping/the-secret-part/fail',
      '/ping/the-secret-part/start',
    ]);
    expect(place.received[0]?.body).toBe('Run 1 is failed: every call failed');
    expect(place.received[0]?.path.split('rid=')[1]).not.toBe(place.received[1]?.path.split('rid=')[1]);
  });

  test('is told that a held night failed, and that it succeeded once it is approved', async () => {
    const place = await openPlace();
    await place.query(HOLD);
    await place.tell(2);
    await place.query(PUBLISH);
    await place.tell(2);
    expect(place.received.map(({ body }) => body)).toEqual([
      'Run 1 is held: 412 of 3,980 users',
      'Run 1 is published: changes 0, unanswered 0.',
    ]);
  });

  test('that does not answer is told again, and the log names no address', async () => {
    const place = await openPlace();
    place.answer(503);
    await place.tell(2);
    place.answer(200);
    await place.tell(2);
    expect(place.received).toHaveLength(3);
    expect(place.log.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
    expect(JSON.stringify(place.log.lines)).not.toContain('the-secret-part');
  });

  test('that cannot be reached costs the night nothing', async () => {
    const place = await openPlace(`${await findUnusedOrigin()}/ping`);
    await place.tell();
    expect(place.log.lines[0]?.message).toMatch(
      /was not told "start": no answer \(ECONNREFUSED\); again soon/,
    );
  });

  test('that refuses is not asked for ever', async () => {
    const place = await openPlace();
    place.answer(404);
    await place.tell(3);
    expect(place.received).toHaveLength(1);
    expect(place.log.lines).toMatchObject([{ level: 'error' }]);
  });

  test('hears of neither a dry run, a retry, nor what ended a day ago', async () => {
    const place = await openPlace();
    await place.query('UPDATE runs SET dry_run = true');
    await place.tell();
    await place.query(`UPDATE runs SET dry_run = false, scope = 'retry'`);
    await place.tell();
    await place.query(`UPDATE runs SET scope = 'all'`);
    await place.query(PUBLISH);
    await place.query(`UPDATE runs SET closed_at = closed_at - interval '25 hours'`);
    await place.tell();
    expect(place.received).toEqual([]);
  });
});

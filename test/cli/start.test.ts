import path from 'node:path';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { populateTenant } from '../../src/simulator/population.ts';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import { findFreePort } from '../support/free-port.ts';
import { findUnusedOrigin } from '../support/http-server.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { startProcess, type StartedProcess } from '../support/started-process.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

interface Place {
  readonly database: TestDatabase;
  readonly server: RunningTenant;
  readonly env: Readonly<Record<string, string>>;
}

/** An account, a database, and what a service needs to know of both. */
async function makePlace(people = 40): Promise<Place> {
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  const tenant = populateTenant({ people, seed: 'start' });
  const server = await startTenant({ tenant });
  onTestFinished(() => server.close());
  const roster = path.join(await makeTemporaryFolder(), 'roster.txt');
  await writeRosterFile(roster, tenant.roster());
  return {
    database,
    server,
    env: {
      KORE_HOST: server.url,
      KORE_CLIENT_ID: server.clientId,
      KORE_CLIENT_SECRET: server.clientSecret,
      ROSTER: roster,
      DATABASE_URL: database.url,
      BATCH_SIZE: '10',
    },
  };
}

async function get(port: number, page: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${page}`);
  return { status: response.status, body: await response.text() };
}

const STARTED = /the next nights begin at/;
const PUBLISHED = /\[run 1\] published/;

async function stop(service: StartedProcess): Promise<string> {
  service.signal('SIGTERM');
  const { code, log } = await service.ended;
  expect(code, log).toBe(0);
  return log;
}

describe('kore-sync start', () => {
  test('runs the night that was missed at once, says when the next are, and ends with 0 on SIGTERM', async () => {
    const { database, env } = await makePlace();
    const port = await findFreePort();
    const service = startProcess({ ...env, PORT: String(port), SYNC_CRON: '30 3 * * *' });
    await service.untilLine(PUBLISHED);
    const { status, body } = await get(port, '/readyz');
    expect(body).toMatch(/^database: ok\nqueue: ok\nnights: ok\. The last good night, run 1, is \d+ s old /);
    expect(status).toBe(200);
    expect(await get(port, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    const log = await stop(service);
    const announced = log.split('\n').find((line) => STARTED.test(line)) ?? '';
    expect(announced.match(/T03:30:00\.000Z/g)).toHaveLength(6);
    const runs = await database.query('SELECT trigger::text, status::text FROM runs');
    expect(runs).toEqual([{ trigger: 'catch-up', status: 'published' }]);
  });

  test('a batch under way when SIGTERM comes is finished, no other is begun, and the next start goes on with the run', async () => {
    const { database, server, env } = await makePlace();
    server.faults.add({ on: { attempts: 'first' }, does: { latencyMs: 400 } });
    const first = startProcess({ ...env, CONCURRENCY: '1' });
    await first.until(() => server.calls.usersInfo >= 2);
    await stop(first);
    const answered = `SELECT count(*) FILTER (WHERE b.status = 'answered')::int AS answered, r.status::text
                        FROM runs r JOIN batches b ON b.run_id = r.id GROUP BY r.id`;
    expect(await database.query(answered)).toEqual([{ answered: server.calls.usersInfo, status: 'open' }]);
    server.faults.clear();
    const second = startProcess(env);
    await second.untilLine(PUBLISHED);
    await stop(second);
    expect(await database.query('SELECT openings, status::text FROM runs')).toEqual([
      { openings: 1, status: 'published' },
    ]);
    expect(server.calls.usersInfo).toBe(4);
  });

  test('a second signal ends it at once', async () => {
    const { server, env } = await makePlace();
    server.faults.add({ does: 'hang' });
    const service = startProcess(env);
    await service.until(() => server.calls.usersInfo > 0);
    service.signal('SIGTERM');
    await service.untilLine(/stopping/);
    service.signal('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 143 });
  });

  test('waits for a database that is not there yet, and says so', async () => {
    const { env } = await makePlace();
    const { host } = new URL(await findUnusedOrigin());
    const port = await findFreePort();
    const service = startProcess({
      ...env,
      PORT: String(port),
      DATABASE_URL: `postgres://kore:longpassword@${host}/kore`,
    });
    await service.untilLine(/Cannot reach the database .* Tried again in 1 s/);
    expect(await get(port, '/healthz')).toMatchObject({ status: 200 });
    const { status, body } = await get(port, '/readyz');
    expect({ status, body }).toEqual({
      status: 503,
      body: expect.stringMatching(/^starting: the database/) as unknown,
    });
    expect((await get(port, '/metrics')).body).toContain('\nkore_sync_database_up 0\n');
    const log = await stop(service);
    expect(log).not.toContain('longpassword');
  });

  test('says within seconds that its database hangs', async () => {
    const { database, env } = await makePlace();
    const port = await findFreePort();
    const service = startProcess({ ...env, PORT: String(port) });
    await service.untilLine(PUBLISHED);
    const locker = new pg.Client({ connectionString: database.url });
    await locker.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE runs');
      const [metrics, ready] = await Promise.all([get(port, '/metrics'), get(port, '/readyz')]);
      expect(metrics.body).toContain('\nkore_sync_database_up 0\n');
      expect(ready.body).toMatch(/^database: no answer within 4 s\n/);
    } finally {
      await locker.end();
    }
    expect((await get(port, '/metrics')).body).toContain('\nkore_sync_database_up 1\n');
    await stop(service);
  });

  const ENGINES = [
    { engine: 'PostgreSQL', redisUrl: '', missing: false },
    { engine: 'Redis', redisUrl: inject('redisUrl') ?? '', missing: inject('redisUrl') === null },
  ];

  describe.each(ENGINES)('with $engine as the queue', ({ redisUrl, missing }) => {
    test.skipIf(missing)('a scheduler and two workers make one run of a night', async () => {
      const { database, server, env } = await makePlace();
      const shared = { ...env, REDIS_URL: redisUrl };
      const services = ['scheduler', 'worker', 'worker'].map((part) =>
        startProcess(shared, ['--only', part]),
      );
      await Promise.race(services.map((service) => service.untilLine(PUBLISHED)));
      await Promise.all(services.map(stop));
      expect(await database.query('SELECT trigger::text, status::text FROM runs')).toEqual([
        { trigger: 'catch-up', status: 'published' },
      ]);
      expect(server.calls.usersInfo).toBe(4);
    });
  });
});

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { checkEverything } from '../../src/check/check.ts';
import type { Finding } from '../../src/core/finding.ts';
import { loadDataFolderFacts } from '../../src/embedded/data-folder.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { findUnusedOrigin, sendJson, startHttpServer, type Respond } from '../support/http-server.ts';
import { startNights } from '../support/night.ts';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'a-client-secret-that-nobody-may-see';
const ROSTER = ['ann@example.com', 'not an address', 'bob@example.com', 'ANN@example.com'];

interface Checked {
  readonly findings: readonly Finding[];
  /** As `status seen`, of the requirement or of the first of its name. */
  readonly say: (requirement: string) => string;
  readonly statuses: Readonly<Record<string, Finding['status']>>;
}

async function check(
  env: Record<string, string>,
  { folder, alerts = false }: { folder?: string; alerts?: boolean } = {},
): Promise<Checked> {
  const cwd = folder ?? (await makeTemporaryFolder());
  const roster = path.join(cwd, 'roster.txt');
  await writeFile(roster, ROSTER.join('\n'));
  const findings: Finding[] = [];
  const defaults = { KORE_CLIENT_ID: 'cs-1', KORE_CLIENT_SECRET: SECRET, ROSTER: roster };
  for await (const finding of checkEverything({
    env: { ...defaults, ...env },
    surroundings: { cwd, isRoot: false },
    nodeVersion: 'v20.19.0',
    now: new Date('2026-11-21T12:00:00Z'),
    alerts,
    signal: new AbortController().signal,
  })) {
    findings.push(finding);
  }
  return {
    findings,
    say: (requirement) => {
      const found = findings.find((finding) => finding.requirement === requirement);
      return found === undefined ? 'missing' : `${found.status} ${found.seen}`;
    },
    statuses: Object.fromEntries(findings.map(({ requirement, status }) => [requirement, status])),
  };
}

async function openDatabase(
  create: () => Promise<TestDatabase> = createMigratedDatabase,
): Promise<TestDatabase> {
  const database = await create();
  onTestFinished(() => database.drop());
  return database;
}

/** For checks that find it as they leave it, but for places in its budget. */
let shared: TestDatabase;
beforeAll(async () => {
  shared = await createMigratedDatabase();
});
afterAll(() => shared.drop());

/** An account that says the same to everybody, and notes what it was asked. */
async function startAccount(respond: Respond): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = await startHttpServer((request, response) => {
    asked.push(`${request.method} ${request.path} ${request.body}`);
    respond(request, response);
  });
  onTestFinished(() => server.close());
  return { url: server.origin, asked };
}

const asked = z.object({ emailIds: z.array(z.string()) });

const found: Respond = (request, response) => {
  const { emailIds } = asked.parse(JSON.parse(request.body));
  sendJson(
    response,
    emailIds.map((emailId) => ({ userInfo: { emailId, userId: 'u-1', status: 'active' }, roles: {} })),
  );
};

const refuse =
  (msg: string): Respond =>
  (_, response) =>
    sendJson(response, { errors: [{ msg, code: 4002 }] }, 401);

describe('check', () => {
  test('says ok of everything in a fresh installation, and says what it could not do', async () => {
    const account = await startAccount(found);
    const { findings, say } = await check({ KORE_HOST: account.url, DATABASE_URL: shared.url });
    expect(findings.filter(({ status }) => status === 'failed' || status === 'not_tried')).toEqual([]);
    expect(say('roster')).toBe(
      'warning 2 entries, 1 duplicate, 1 rejected: line 2 is not an email address: it has no @',
    );
    expect(say('lookup')).toBe('ok the first entry of the roster was found');
    expect(say('schedule')).toBe(
      'ok "0 2 * * *" in UTC: next 2026-11-22T02:00Z, 2026-11-23T02:00Z, 2026-11-24T02:00Z',
    );
    expect(account.asked).toEqual([
      'POST /api/public/usersInfo {"emailIds":["ann@example.com"],"status":"all"}',
    ]);
  });

  test('takes a place in the budget, and stores nothing else', async () => {
    const database = await openDatabase();
    const account = await startAccount(found);
    await check({ KORE_HOST: account.url, DATABASE_URL: database.url });
    const [row] = await database.query(
      `SELECT (SELECT count(*) FROM api_calls WHERE answered_at IS NOT NULL)::int AS calls,
              (SELECT count(*) FROM runs)::int AS runs, (SELECT count(*) FROM users)::int AS users,
              (SELECT count(*) FROM observations)::int AS observations,
              (SELECT host FROM account) AS host`,
    );
    expect(row).toEqual({ calls: 1, runs: 0, users: 0, observations: 0, host: null });
  });

  test('makes no call where the limits leave none', async () => {
    const database = await openDatabase();
    await database.query(
      'INSERT INTO api_calls (taken_at, answered_at) VALUES (clock_timestamp(), clock_timestamp())',
    );
    const account = await startAccount(found);
    const { say } = await check({ KORE_HOST: account.url, DATABASE_URL: database.url, RATE_PER_HOUR: '1' });
    expect(say('Kore.ai')).toMatch(
      /^warning not asked: the limits leave no API call for the next (59 min|1 h)$/,
    );
    expect(say('lookup')).toBe('not_tried needs Kore.ai');
    expect(account.asked).toEqual([]);
  });

  test('goes on after a failure with what does not rest on it', async () => {
    const account = await startAccount(found);
    const { say, statuses } = await check({
      KORE_HOST: account.url,
      DATABASE_URL: 'postgres://u:p@127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect(statuses).toMatchObject({
      database: 'failed',
      rights: 'not_tried',
      tables: 'not_tried',
      queue: 'failed',
      account: 'not_tried',
      lookup: 'not_tried',
      schedule: 'ok',
    });
    expect(say('roster')).toContain('3 valid lines (duplicates are not told apart without a database)');
    expect(say('Kore.ai')).toBe('not_tried needs tables');
  });

  test('reports every fault of the configuration, and tries what needs none of it', async () => {
    const { findings, statuses } = await check({
      KORE_CLIENT_ID: '',
      SYNC_CRON: 'tomorrow',
      BATCH_SIZE: '0',
      DATABASE_URL: shared.url,
    });
    const faults = findings
      .filter(({ requirement }) => requirement === 'configuration')
      .map(({ seen }) => seen);
    expect(faults).toEqual([
      expect.stringMatching(/^KORE_HOST is not set/),
      expect.stringMatching(/^KORE_CLIENT_ID is not set/),
      expect.stringMatching(/^BATCH_SIZE is "0"/),
      expect.stringMatching(/^SYNC_CRON is "tomorrow"/),
    ]);
    expect(statuses).toMatchObject({ database: 'ok', tables: 'ok', queue: 'ok', token: 'not_tried' });
  });

  test('makes no database for somebody who is still setting variables', async () => {
    const folder = await makeTemporaryFolder();
    const { say } = await check({ KORE_CLIENT_ID: '', DATA_DIR: path.join(folder, 'data') }, { folder });
    expect(say('database')).toBe('not_tried needs configuration');
    expect((await loadDataFolderFacts(path.join(folder, 'data'))).hasCluster).toBe(false);
  });

  test('makes the tables of an empty database', async () => {
    const database = await openDatabase(createTestDatabase);
    const account = await startAccount(found);
    const { statuses, say } = await check({ KORE_HOST: account.url, DATABASE_URL: database.url });
    expect(say('tables')).toMatch(/^ok made just now, since the database was empty \(\d+ migrations\)$/);
    expect(statuses).toMatchObject({ lookup: 'ok' });
  });

  test('leaves a database of an older version as it is, and says what is pending', async () => {
    const database = await openDatabase();
    const [last] = await database.query<{ name: string }>(
      `DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)
       RETURNING migration_name AS name`,
    );
    const account = await startAccount(found);
    const { say } = await check({ KORE_HOST: account.url, DATABASE_URL: database.url });
    expect(say('tables')).toBe(`warning of an older version; pending: ${last?.name ?? ''}`);
    expect(say('Kore.ai')).toBe('not_tried needs tables');
    expect(account.asked).toEqual([]);
    const [left] = await database.query('SELECT FROM _prisma_migrations WHERE migration_name = $1', [
      last?.name,
    ]);
    expect(left).toBeUndefined();
  });

  test("refuses a database that holds somebody else's tables, and makes none in it", async () => {
    const database = await openDatabase(createTestDatabase);
    await database.query('CREATE TABLE invoices (id int)');
    const { say } = await check({ KORE_HOST: await findUnusedOrigin(), DATABASE_URL: database.url });
    expect(say('database')).toMatch(/^failed PostgreSQL .* holds 1 tables of something else$/);
    expect(await database.query(`SELECT to_regclass('runs') AS runs`)).toEqual([{ runs: null }]);
  });

  test('names the rights that a role lacks', async () => {
    const database = await openDatabase(createTestDatabase);
    const role = `role_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'a-password-of-the-role'`);
    onTestFinished(() => database.query(`DROP ROLE ${role}`).then(() => undefined));
    const url = new URL(database.url);
    url.username = role;
    url.password = 'a-password-of-the-role';
    const { say, findings } = await check({ KORE_HOST: await findUnusedOrigin(), DATABASE_URL: url.href });
    expect(say('rights')).toBe(
      `failed ${role} lacks CREATE on the database (for schemas directory and bullmq) and CREATE on schema public`,
    );
    expect(say('tables')).toBe('not_tried needs rights');
    expect(JSON.stringify(findings)).not.toContain('a-password-of-the-role');
  });

  test.each([
    ['Invalid SDK credentials', 'token', 'KORE_CLIENT_SECRET'],
    ['Permission denied. Scope is incorrect!', 'scope', 'User Management > User Management'],
    ['possibly a replay', 'token', 'replay'],
  ])('turns the refusal "%s" into advice on the %s', async (words, requirement, advice) => {
    const account = await startAccount(refuse(words));
    const { say } = await check({ KORE_HOST: account.url, DATABASE_URL: shared.url });
    expect(say(requirement)).toMatch(/^failed unauthorized/);
    expect(say(requirement)).toContain(advice);
    expect(say('lookup')).toBe(`not_tried needs ${requirement}`);
    expect(account.asked).toHaveLength(1);
  });

  test('sees a clock that is off although the token is refused for it', async () => {
    const account = await startAccount((_, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
      sendJson(response, { errors: [{ msg: 'jwt not active', code: 4002 }] }, 401);
    });
    const { say } = await check({ KORE_HOST: account.url, DATABASE_URL: shared.url });
    expect(say('clock')).toMatch(/^failed 3[56]\d\d s ahead of the server's/);
    expect(say('token')).toMatch(/^failed unauthorized, clock/);
  });

  test('asks an account that lists its users for one of them, with the other scope', async () => {
    const account = await startAccount((request, response) => {
      if (request.method === 'GET')
        sendJson(response, { total: 10_000, availableMore: true, users: [{ userId: 'u-1' }] });
      else
        sendJson(response, [
          { userInfo: { emailId: 'nobody@kore-sync.invalid', status: 'failure', reason: 'Invalid emailId' } },
        ]);
    });
    const { say } = await check({
      KORE_HOST: account.url,
      DATABASE_URL: shared.url,
      ROSTER: 'kore:alluserroles',
    });
    expect(say('roster')).toBe('ok the account lists 10,000 users');
    expect(say('time of a night')).toBe('ok 200 API calls, at the limits at least 3 min');
    expect(say('lookup')).toBe("ok an address that is nobody's is not known, as it should be");
    expect(account.asked).toHaveLength(2);
  });

  test('holds against another account than the one whose nights were published', async () => {
    const tenant = populateTenant({ people: 3, seed: 'check' });
    const nights = await startNights(tenant);
    await nights.run();
    const account = await startAccount(found);
    const { say, findings } = await check({ KORE_HOST: account.url, DATABASE_URL: nights.databaseUrl });
    expect(say('account')).toMatch(
      /^failed this database belongs to http:\/\/127\.0\.0\.1:\d+ with client id cs-/,
    );
    expect(say('time of a night')).toContain('3 known people who left the roster included');
    expect(say('last good night')).toMatch(/^ok The last good night, run 1, is \d+ s old/);
    expect(findings.find(({ requirement }) => requirement === 'account')?.remedy).toContain(
      'Move to another account',
    );
  });

  test('reads the canaries, and sends a sample to each alert channel where that is asked for', async () => {
    const account = await startAccount(found);
    const hook = await startAccount((_, response) => response.writeHead(404).end('no_service'));
    const folder = await makeTemporaryFolder();
    await writeFile(path.join(folder, 'canaries.csv'), 'email,role\nann@example.com,admin\nnobody,admin\n');
    const env = {
      KORE_HOST: account.url,
      DATABASE_URL: shared.url,
      CANARIES: 'canaries.csv',
      ALERT_SLACK_WEBHOOK_URL: `${hook.url}/services/T0/B0/the-secret-of-the-webhook`,
    };
    const quiet = await check(env, { folder });
    expect(quiet.say('canaries')).toMatch(/^failed .*line 3 /);
    expect(quiet.say('alerts')).toMatch(/^ok .*slack.*; not tried: --alerts sends each a sample$/);
    expect(hook.asked).toEqual([]);
    const loud = await check(env, { folder, alerts: true });
    expect(
      loud.findings.filter(({ requirement }) => requirement === 'alerts').map(({ status }) => status),
    ).toContain('failed');
    expect(hook.asked).toHaveLength(1);
    expect(JSON.stringify(loud.findings)).not.toContain('the-secret-of-the-webhook');
  });

  test('lets neither a secret nor an address out, whatever goes wrong', async () => {
    const account = await startAccount((request, response) =>
      sendJson(
        response,
        { errors: [{ msg: `${request.headers['auth']?.toString() ?? ''} ${SECRET} ${request.body}` }] },
        500,
      ),
    );
    const url = new URL(shared.url);
    url.password = 'the-wrong-password';
    const outputs = await Promise.all([
      check({ KORE_HOST: account.url, DATABASE_URL: shared.url }),
      check({
        KORE_HOST: account.url,
        DATABASE_URL: url.href,
        REDIS_URL: 'redis://u:the-redis-password@127.0.0.1:1',
      }),
      check({ KORE_HOST: SECRET, DATABASE_URL: shared.url }),
    ]);
    expect(account.asked).toHaveLength(1);
    const text = JSON.stringify(outputs.map(({ findings }) => findings));
    for (const hidden of [
      SECRET,
      'the-wrong-password',
      'the-redis-password',
      'ann@',
      'bob@',
      'not an address',
      'eyJ',
    ]) {
      expect(text).not.toContain(hidden);
    }
  });
});

describe('the folder of the embedded database', () => {
  test('is judged without being made', async () => {
    const folder = path.join(await makeTemporaryFolder(), 'not', 'yet');
    const facts = await loadDataFolderFacts(folder);
    expect(facts).toMatchObject({ hasCluster: false, fault: null });
    expect(facts.freeBytes).toBeGreaterThan(0);
    await expect(loadDataFolderFacts(path.dirname(folder))).resolves.toMatchObject({ hasCluster: false });
  });

  test('must be closed to others, and so must the password beside it', async () => {
    const folder = await makeTemporaryFolder();
    await mkdir(path.join(folder, 'postgresql'), { mode: 0o700 });
    await writeFile(path.join(folder, 'postgresql.password'), 'x', { mode: 0o600 });
    await expect(loadDataFolderFacts(folder)).resolves.toMatchObject({ hasCluster: true, fault: null });
    await chmod(path.join(folder, 'postgresql.password'), 0o644);
    expect((await loadDataFolderFacts(folder)).fault?.remedy).toBe(`chmod 600 ${folder}/postgresql.password`);
    await chmod(path.join(folder, 'postgresql'), 0o755);
    expect((await loadDataFolderFacts(folder)).fault?.remedy).toBe(`chmod 700 ${folder}/postgresql`);
  });
});

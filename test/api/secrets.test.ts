import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import { startCommand, type CommandResult } from '../support/command.ts';
import { expectAllFired } from '../support/faults.ts';
import { dumpDatabase, dumpRedis, findLeaks } from '../support/leaks.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';
import { makeTenant } from '../support/story.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

/** With characters that are written otherwise in JSON, in addresses and in base64. */
const SECRET = 'MARKER"8f3a\\4c1d/+=%ü';
const REDIS_PASSWORD = 'MARKER-redis-77b2';
const program = await findRedisProgram();

interface Scene {
  readonly server: RunningTenant;
  readonly database: TestDatabase;
  /** What the environment holds besides. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything written down anywhere so far. */
  readonly dump: () => Promise<string>;
  readonly secrets: readonly string[];
}

async function setScene(engine: 'postgres' | 'redis'): Promise<Scene> {
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  const tenant = makeTenant();
  const server = await startTenant({ tenant, clientSecret: SECRET });
  onTestFinished(() => server.close());
  const roster = path.join(await makeTemporaryFolder(), 'roster.txt');
  await writeRosterFile(roster, tenant.roster());
  const redis = engine === 'redis' ? await openRedis() : null;
  return {
    server,
    database,
    env: {
      KORE_HOST: server.url,
      KORE_CLIENT_ID: server.clientId,
      KORE_CLIENT_SECRET: SECRET,
      ROSTER: roster,
      DATABASE_URL: database.url,
      REDIS_URL: redis?.url ?? '',
      BATCH_SIZE: '1',
      CONCURRENCY: '2',
      LOG_LEVEL: 'trace',
      GUARD_MIN_COVERAGE_PERCENT: '1',
    },
    dump: async () =>
      [await dumpDatabase(database), redis === null ? '' : await dumpRedis(redis.client)].join('\n'),
    secrets: [SECRET, REDIS_PASSWORD, decodeURIComponent(new URL(database.url).password)],
  };
}

async function openRedis(): Promise<{ readonly url: string; readonly client: Redis }> {
  const server = await startRedis(program ?? '', undefined, ['--requirepass', REDIS_PASSWORD]);
  const url = `redis://:${REDIS_PASSWORD}@${new URL(server.url).host}`;
  const client = new Redis(url);
  onTestFinished(async () => {
    client.disconnect();
    await server.end();
  });
  return { url, client };
}

async function sync(
  { env }: Scene,
  differences: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return startCommand(['sync'], { ...env, ...differences }).result;
}

async function expectNoLeak({ dump, secrets }: Scene, { stdout, stderr }: CommandResult): Promise<void> {
  const everything = [stdout, stderr, await dump()].join('\n');
  expect(findLeaks(everything, secrets)).toEqual([]);
}

const ECHO = 'No: {token} of ' + SECRET;

describe.each([
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: program === undefined },
])(
  'I8: with $engine as the queue and the log at its most verbose, no secret and no token is written down',
  ({ engine, missing }) => {
    test.skipIf(missing)('by a process that is killed while Kore.ai cannot be reached', async () => {
      const scene = await setScene(engine);
      await scene.server.close();
      const command = startCommand(['sync'], scene.env);
      await untilQueued(scene);
      command.kill();
      const result = await command.result;
      expect(result.code).toBeNull();
      await expectNoLeak(scene, result);
      expect(await scene.dump()).toMatch(/fetch-batch-1-\d-1/);
    });
  },
);

describe('I8: no secret and no token is shown', () => {
  test('in a night whose replies repeat them', async () => {
    const scene = await setScene('postgres');
    const { faults } = scene.server;
    const on = (name: string) => ({ entries: [`${name}@example.com`], attempts: 'first' as const });
    faults.add({ on: on('ann'), does: { status: 500, msg: ECHO } });
    faults.add({ on: on('bob'), does: { status: 429, msg: ECHO, retryAfter: 0 } });
    faults.add({ on: on('cid'), does: { status: 200, body: `<p>${ECHO}</p>` } });
    faults.add({ on: { entries: ['dee@example.com'] }, does: { fail: ECHO } });
    faults.add({
      on: { entries: ['eve@example.com'] },
      does: { set: { 'userInfo.firstName': ECHO, 'userInfo.signature': ECHO, 'userInfo.{token}': 1 } },
    });
    const result = await sync(scene);
    expect(result).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('published, partial') as unknown,
    });
    expect(result.stderr).toContain('asked again later');
    await expectNoLeak(scene, result);
    expect(await scene.dump()).toContain('eve@example.com');
    expectAllFired(scene.server);
  });

  test('where a refusal that repeats them stops the run', async () => {
    const scene = await setScene('postgres');
    scene.server.faults.add({ does: { status: 401, msg: ECHO, code: 4002 } });
    const result = await sync(scene);
    expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('unauthorized') as unknown });
    await expectNoLeak(scene, result);
    expect(await scene.dump()).toContain('KORE_REFUSED');
    expectAllFired(scene.server);
  });

  test('where the secret is wrong, or the account wants no JWE', async () => {
    const scene = await setScene('postgres');
    const wrong = 'MARKER-of-another-app-19e7';
    const refused = await sync(scene, { KORE_CLIENT_SECRET: wrong });
    expect(refused.code).toBe(1);
    await expectNoLeak({ ...scene, secrets: [...scene.secrets, wrong] }, refused);

    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = path.join(await makeTemporaryFolder(), 'key.json');
    await writeFile(key, JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'k-1' }));
    const encrypted = await sync(scene, { KORE_JWE_PUBLIC_KEY: key });
    expect(encrypted.code).toBe(1);
    await expectNoLeak(scene, encrypted);
  });

  test('where the configuration cannot be used, whatever variable the secret was put into', async () => {
    const scene = await setScene('postgres');
    const result = await sync(scene, {
      KORE_HOST: `https://user:${SECRET}@`,
      BATCH_SIZE: SECRET,
      REDIS_URL: SECRET,
      LOG_LEVEL: SECRET,
      SYNC_TIMEZONE: SECRET,
    });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('BATCH_SIZE');
    await expectNoLeak(scene, result);
  });
});

describe('the search for leaks', () => {
  test.each([
    SECRET,
    JSON.stringify({ SECRET }),
    encodeURIComponent(SECRET),
    'x eyJhbGciOiJIUzI1NiJ9.e30.c2ln y',
  ])('finds what it looks for: %s', (text) => {
    expect(findLeaks(`before ${text} after`, [SECRET])).toHaveLength(1);
  });
});

/** A call has failed, its batch is in the queue for later, and the others are waiting or on their way. */
async function untilQueued({ database }: Scene): Promise<void> {
  await vi.waitFor(
    async () =>
      expect((await database.query('SELECT FROM batches WHERE attempts > 0')).length).toBeGreaterThan(1),
    { timeout: 30_000, interval: 20 },
  );
}

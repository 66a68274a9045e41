import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadDataFolderFacts } from '../../src/embedded/data-folder.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { startNights, type TestNights } from '../support/night.ts';
import { copyDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

/** The guard is not what these nights are about, and one person is a large share of so few. */
const LOOSE = {
  GUARD_MAX_REMOVED_PERCENT: '50',
  GUARD_MAX_REVOKED_PERCENT: '50',
  GUARD_MAX_GRANTED_PERCENT: '50',
};
const RESTORE = ['--no-owner', '--no-privileges', '--exit-on-error'];

/** pg_dump refuses a server that is newer than itself. */
async function isDumpTooOld(): Promise<boolean> {
  const version = await run('pg_dump', ['--version']).then(
    ({ stdout }) => Number(/(\d+)\.\d/.exec(stdout)?.[1]),
    () => 0,
  );
  return version < EMBEDDED_MAJOR;
}

/** Of the PostgreSQL that comes along, on which the tests run. */
const EMBEDDED_MAJOR = 18;

/** What an analyst sees, in an order of its own. */
const TRUTH = `
  SELECT (SELECT json_agg(u ORDER BY u.user_id) FROM (SELECT user_id, email, status, removed_at FROM directory.users) u) AS users,
         (SELECT json_agg(g ORDER BY g::text) FROM directory.role_grants g) AS grants,
         (SELECT json_agg(c ORDER BY c.change_id) FROM directory.changes c) AS changes`;

function dropLater(database: TestDatabase): TestDatabase {
  onTestFinished(() => database.drop());
  return database;
}

/** Two nights, and a third that is open and has asked nobody when the copy is taken. */
async function stopInTheMiddle(nights: TestNights): Promise<void> {
  await nights.run({ env: LOOSE });
  nights.server.tenant.advanceNight();
  await nights.run({ env: LOOSE });
  nights.server.tenant.advanceNight();
  const app = await nights.open({ env: LOOSE });
  const opened = await startRun(app.context, {
    ...app.request,
    key: 'night-3',
    trigger: 'manual',
    dryRun: false,
  });
  expect(opened.openedHere).toBe(true);
  await app.close();
}

/** The night that was open goes on in the copy, and ends as it would have in the original. */
async function expectSameEnd(nights: TestNights, copy: TestDatabase): Promise<void> {
  expect(await copy.query(TRUTH)).toEqual(await nights.query(TRUTH));
  const restored = await nights.run({ env: { ...LOOSE, DATABASE_URL: copy.url } });
  expect(restored).toMatchObject({ key: 'night-3', status: 'published', coverage: 1 });
  const original = await nights.run({ env: LOOSE });
  expect(restored.changesByKind).toEqual(original.changesByKind);
  const [pending] = await copy.query(
    `SELECT count(*)::int AS alerts FROM alerts WHERE status <> 'delivered'`,
  );
  expect(pending).toEqual({ alerts: 0 });
}

const isTooOld = await isDumpTooOld();

describe('a database restored from a backup', () => {
  test('that was taken in the middle of a night goes on with it, without the queue of that time', async () => {
    const nights = await startNights(populateTenant({ people: 120, seed: 'restore' }));
    await stopInTheMiddle(nights);
    const copy = dropLater(await copyDatabase(nights.databaseUrl));
    await copy.query('DROP SCHEMA bullmq CASCADE');
    await expectSameEnd(nights, copy);
  });

  test.skipIf(isTooOld)('by the commands of docs/operations.md is the same', async () => {
    const nights = await startNights(populateTenant({ people: 120, seed: 'dump' }));
    await stopInTheMiddle(nights);
    const copy = dropLater(await createTestDatabase());
    const file = path.join(await makeTemporaryFolder(), 'kore-sync.dump');
    await run('pg_dump', [
      '--format=custom',
      '--exclude-schema=bullmq',
      `--file=${file}`,
      nights.databaseUrl,
    ]);
    await run('pg_restore', [...RESTORE, `--dbname=${copy.url}`, file]);
    await expectSameEnd(nights, copy);
  });

  test('that comes along is the folder, copied while nobody uses it', async () => {
    const nights = await startNights(populateTenant({ people: 120, seed: 'folder' }));
    const folder = await makeTemporaryFolder();
    const original = path.join(folder, 'original');
    const copy = path.join(folder, 'elsewhere', 'copy');
    const env = (dataDir: string) => ({ ...LOOSE, DATABASE_URL: '', DATA_DIR: dataDir });
    await nights.run({ env: env(original) });

    await mkdir(path.dirname(copy));
    await run('cp', ['-a', original, copy]);
    await expect(loadDataFolderFacts(copy)).resolves.toMatchObject({ hasCluster: true, fault: null });
    nights.server.tenant.advanceNight();
    const second = await nights.run({ env: env(copy) });
    expect(second).toMatchObject({ runId: '2', status: 'published', baseline: false });
    expect(second.changes).toBeGreaterThan(0);
  });
});

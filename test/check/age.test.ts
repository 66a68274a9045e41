import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkAge } from '../../src/check/age.ts';
import { parseConfig } from '../../src/config/config.ts';
import { loadDataFolderFacts } from '../../src/embedded/data-folder.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { startNights } from '../support/night.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const HOUR_MS = 3_600_000;

/** No variable of Kore.ai's is needed. */
function configure(env: Record<string, string>) {
  return parseConfig(env, { cwd: '/', isRoot: false });
}

describe('the age of the last good night', () => {
  test('is none before the first, young after it, and too old when the nights have stopped', async () => {
    const nights = await startNights(populateTenant({ people: 3, seed: 'age' }));
    const config = configure({ DATABASE_URL: nights.databaseUrl });
    expect(await checkAge(config, 26 * HOUR_MS)).toEqual({
      ok: false,
      line: 'too old: No night has been published yet; limit 26 h.',
    });

    await nights.run();
    const young = await checkAge(config, 26 * HOUR_MS);
    expect(young.ok).toBe(true);
    expect(young.line).toMatch(
      /^ok: The last good night, run 1, is \d+ s old \(as of [^)]+\); limit 26 h\.$/,
    );

    await nights.query(
      `UPDATE runs SET as_of = as_of - interval '27 hours', opened_at = opened_at - interval '28 hours'`,
    );
    expect((await checkAge(config, 26 * HOUR_MS)).line).toMatch(/^too old: .* 27 h old .*, limit 26 h\./);
    expect(await checkAge(config, 28 * HOUR_MS)).toMatchObject({ ok: true });
  });

  test('leaves a database without tables as it is', async () => {
    const database = await createTestDatabase();
    try {
      expect(await checkAge(configure({ DATABASE_URL: database.url }), HOUR_MS)).toMatchObject({ ok: false });
      expect(await database.query(`SELECT to_regclass('runs') AS runs`)).toEqual([{ runs: null }]);
    } finally {
      await database.drop();
    }
  });

  test('makes no embedded database to find it empty', async () => {
    const dataDir = path.join(await makeTemporaryFolder(), 'data');
    expect((await checkAge(configure({ DATA_DIR: dataDir }), HOUR_MS)).line).toMatch(/^too old: No night/);
    expect((await loadDataFolderFacts(dataDir)).hasCluster).toBe(false);
  });

  test('is unknown, in one line and without the password, where the database cannot be reached', async () => {
    const config = configure({ DATABASE_URL: 'postgres://u:a-long-password@127.0.0.1:1/none' });
    const { ok, line } = await checkAge(config, HOUR_MS);
    expect(ok).toBe(false);
    expect(line).toMatch(/^unknown: Cannot reach the database at 127\.0\.0\.1:1\/none: [^\n]*$/);
    expect(line).not.toContain('a-long-password');
  });
});

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS_FOLDER, migrateDatabase } from '../../src/store/migrations.ts';
import { openEmptyStore } from '../support/store.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const NAMES = (await readdir(MIGRATIONS_FOLDER, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const HISTORY = `
  SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at, applied_steps_count
    FROM _prisma_migrations ORDER BY migration_name`;

/** The product's migrations and one more, as a later version would bring. */
async function makeNewerFolder(sql: string): Promise<{ folder: string; name: string }> {
  const folder = path.join(await makeTemporaryFolder(), 'migrations');
  await cp(MIGRATIONS_FOLDER, folder, { recursive: true });
  const name = '29990101000000_later';
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, 'migration.sql'), sql);
  return { folder, name };
}

test('an empty database gets every migration, in order, and a second start finds nothing to do', async () => {
  const { database, url, query } = await openEmptyStore();
  expect(await migrateDatabase(database, url)).toEqual(NAMES);
  expect(await migrateDatabase(database, url)).toEqual([]);
  expect(await query('SELECT * FROM directory.users')).toEqual([]);
});

test('of five processes that start at once one migrates, and none fails', async () => {
  const { url, query } = await openEmptyStore();
  const applied = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const database = await openDatabase({ url, size: 2, onIdleError: () => undefined });
      try {
        return await migrateDatabase(database, url);
      } finally {
        await database.close();
      }
    }),
  );
  expect(applied.flat()).toEqual(NAMES);
  expect(await query(HISTORY)).toHaveLength(NAMES.length);
});

test('the history is what "prisma migrate deploy" writes, so that the two can be mixed', async () => {
  const { database, url, query } = await openEmptyStore();
  await migrateDatabase(database, url);
  const expected = NAMES.map(async (name) => ({
    migration_name: name,
    checksum: createHash('sha256')
      .update(await readFile(path.join(MIGRATIONS_FOLDER, name, 'migration.sql')))
      .digest('hex'),
    finished: true,
    rolled_back_at: null,
    applied_steps_count: 1,
  }));
  expect(await query(HISTORY)).toEqual(await Promise.all(expected));
});

test('an upgrade applies what is new and leaves alone what is there', async () => {
  const { database, url, query } = await openEmptyStore();
  await migrateDatabase(database, url);
  await query(`INSERT INTO groups (group_id, name) VALUES ('g-1', 'Ops')`);

  const { folder, name } = await makeNewerFolder('ALTER TABLE groups ADD COLUMN "grade" integer;');
  expect(await migrateDatabase(database, url, folder)).toEqual([name]);
  expect(await query('SELECT name, grade FROM groups')).toEqual([{ name: 'Ops', grade: null }]);
});

test('a database that holds a newer schema is refused, and told apart from a broken one', async () => {
  const { database, url } = await openEmptyStore();
  const { folder, name } = await makeNewerFolder('SELECT 1;');
  await migrateDatabase(database, url, folder);
  await expect(migrateDatabase(database, url)).rejects.toMatchObject({
    code: 'DATABASE_NEWER',
    message: expect.stringContaining(name) as unknown,
  });
});

test('a migration that fails leaves nothing of itself behind, and is not passed over the next time', async () => {
  const { database, url, query } = await openEmptyStore();
  const { folder } = await makeNewerFolder('CREATE TABLE half (id integer); SELECT 1 / 0;');
  for (let start = 1; start <= 2; start += 1) {
    await expect(migrateDatabase(database, url, folder)).rejects.toMatchObject({
      code: 'DATABASE_MIGRATION_FAILED',
    });
  }
  expect(await query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
});

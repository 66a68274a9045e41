import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { SyncError } from '../core/errors.ts';
import { inTransaction, type Database } from './database.ts';
import { packageRoot } from './package-root.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** Any constant will do; processes that start together queue up behind it. */
const MIGRATION_LOCK = 7_203_441;

export const MIGRATIONS_FOLDER = path.join(packageRoot(), 'prisma', 'migrations');

/**
 * Brings the database up to date and returns the names of the migrations it applied.
 *
 * Idempotent, and safe when several processes start at once. Same folder and same `_prisma_migrations`
 * table as `prisma migrate deploy`, so the two can be mixed. Throws `DATABASE_NEWER` when the database holds
 * migrations this version does not know.
 */
export async function migrateDatabase(
  database: Database,
  url: string,
  folder = MIGRATIONS_FOLDER,
): Promise<readonly string[]> {
  const migrations = await loadMigrations(folder);
  if ((await findMissing(database, migrations)).length === 0) return [];
  return inTransaction(database.pool, async (connection) => {
    // The engine works on a connection of its own while this one holds the lock, however long that takes.
    await connection.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await connection.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    if ((await findMissing(database, migrations)).length === 0) return [];
    try {
      const { appliedMigrationNames } = await withSchemaEngine(url, undefined, (engine) =>
        engine.applyMigrations({
          migrationsList: migrations,
          filters: { externalTables: [], externalEnums: [] },
        }),
      );
      return appliedMigrationNames;
    } catch (error) {
      throw new SyncError(
        'DATABASE_MIGRATION_FAILED',
        `Migrating the database failed: ${describeEngineError(error)}. Nothing was synced. The owner of an empty database has all the rights that are needed.`,
        { cause: error },
      );
    }
  });
}

/**
 * The migrations that `migrateDatabase` would apply, by name; changes nothing. Throws `DATABASE_NEWER` as that
 * does.
 */
export async function loadPendingMigrations(
  database: Database,
  folder = MIGRATIONS_FOLDER,
): Promise<readonly string[]> {
  return findMissing(database, await loadMigrations(folder));
}

async function findMissing(
  database: Database,
  { migrationDirectories }: MigrationList,
): Promise<readonly string[]> {
  const names = migrationDirectories.map(({ path: name }) => name);
  const { rows: tables } = await database.pool.query<{ present: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`,
  );
  if (tables[0]?.present !== true) return names;
  const { rows } = await database.pool.query<{ migration_name: string; finished: boolean }>(
    `SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const unknown = rows.map((row) => row.migration_name).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new SyncError(
      'DATABASE_NEWER',
      `The database holds a newer schema than this version of kore-sync (unknown migration ${unknown.join(', ')}). Upgrade kore-sync.`,
    );
  }
  return names.filter((name) => !rows.some((row) => row.migration_name === name && row.finished));
}

/** Reads a migrations folder in the form the schema engine takes it. */
export async function loadMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(path.join(folder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(path.join(folder, name, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}

function describeEngineError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return error.message.split('\n').find((line) => line.trim() !== '') ?? error.name;
}

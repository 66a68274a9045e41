import pg from 'pg';
import { inTransaction, type Database, type Queryable } from '../database.ts';

/** For each table. Readers hold locks for milliseconds; behind a longer one of theirs all others would queue up with us. */
const PATIENCE = '200ms';

/** With fewer people the indexes are kept up to date sooner than built. */
const MANY = 10_000;

/**
 * `lock_not_available`, `deadlock_detected`: somebody reads the tables and goes first. `insufficient_privilege`: they
 * belong to somebody else.
 */
const LET_BE: ReadonlySet<string | undefined> = new Set(['55P03', '40P01', '42501']);

/**
 * Drops the indexes of the tables that a baseline fills, to be built by `restoreIndexes` when everybody is in: a fraction of
 * the work of entering every row into each (decision 14). For a planned baseline of `many` entries found or more that is
 * still open; idempotent.
 *
 * A transaction of its own: dropping keeps readers out of a table until the end, which here is at once. Whoever dies
 * before the publication leaves empty tables without indexes, and their definitions (I6). Where a reader does not let
 * go, or somebody else owns the tables, everything stays as it is.
 */
export async function setIndexesAside({ pool }: Database, runId: string, many = MANY): Promise<void> {
  try {
    await inTransaction(pool, async (connection) => {
      const { rowCount } = await connection.query(LOCK_BASELINE, [runId, many]);
      if (rowCount === 0) return;
      await connection.query(`SET LOCAL lock_timeout = '${PATIENCE}'`);
      const { rows } = await connection.query<{ name: string }>(SAVE_DEFINITIONS, [FILLED]);
      for (const { name } of rows) await connection.query(`DROP INDEX ${pg.escapeIdentifier(name)}`);
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && LET_BE.has(error.code))) throw error;
  }
}

/**
 * Builds whatever is set aside, mostly nothing, inside a transaction that publishes. To build an index keeps writers out,
 * not readers.
 */
export async function restoreIndexes(connection: Queryable): Promise<void> {
  const { rows } = await connection.query<{ definition: string }>(
    'DELETE FROM indexes_set_aside RETURNING definition',
  );
  for (const { definition } of rows) await connection.query(definition);
}

const FILLED = [
  'users',
  'user_versions',
  'addresses',
  'role_grants',
  'grant_sources',
  'group_memberships',
  'task_assignments',
];

/** Two may come here at once, and one of them may have published when the other goes on (I3). */
const LOCK_BASELINE = `
  SELECT FROM runs
   WHERE id = $1 AND status = 'open' AND NOT dry_run AND base_id IS NULL AND planned_at IS NOT NULL AND found >= $2
     FOR UPDATE`;

/** Those behind a constraint stay: it would have to be named, and added again, with them. */
const SAVE_DEFINITIONS = `
  INSERT INTO indexes_set_aside (name, definition)
  SELECT c.relname, pg_get_indexdef(c.oid)
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = ANY ($1::text[]::regclass[]) AND pg_has_role(c.relowner, 'USAGE')
     AND has_schema_privilege(c.relnamespace, 'CREATE')
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
  RETURNING name`;

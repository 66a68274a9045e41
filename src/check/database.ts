import { failed, notTried, ok, warning, type Finding } from '../core/finding.ts';
import { loadDatabaseFacts, type DatabaseFacts } from '../store/database-facts.ts';
import { describeServer } from '../store/database.ts';
import { loadPendingMigrations, migrateDatabase } from '../store/migrations.ts';
import { describeError } from './find.ts';
import type { OpenedDatabase } from './open-database.ts';

export const DATABASE = 'database';
export const TABLES = 'tables';
const RIGHTS = 'rights';

/** What the requirements after these may rest on. */
export interface CheckedDatabase {
  /** Null where it cannot be reached, or not be used. */
  readonly facts: DatabaseFacts | null;
  /** All tables are there, as this version needs them. */
  readonly isReady: boolean;
}

const NOT_READY: CheckedDatabase = { facts: null, isReady: false };

/**
 * Judges the server, the rights, and the tables.
 *
 * An empty database gets its tables, as from `sync`: without them no API call could be counted (I7). One that
 * somebody works with is left as it is.
 */
export async function* checkDatabase({
  database,
  url,
}: OpenedDatabase): AsyncGenerator<Finding, CheckedDatabase> {
  const facts = await loadDatabaseFacts(database).catch(describeError);
  if (typeof facts === 'string') {
    yield failed(DATABASE, facts);
    yield* notTriedWithout();
    return NOT_READY;
  }
  const place = `PostgreSQL ${facts.version} at ${describeServer(url)}`;
  const unusable = judgeServer(facts, place);
  if (unusable !== null) {
    yield unusable;
    yield* notTriedWithout();
    return NOT_READY;
  }
  yield ok(DATABASE, place);
  const rights = judgeRights(facts);
  yield rights;
  if (rights.status === 'failed' && !facts.isMade) {
    yield notTried(TABLES, RIGHTS);
    return { facts, isReady: false };
  }
  const tables = await checkTables({ database, url }, facts);
  yield tables;
  return { facts, isReady: tables.status === 'ok' };
}

/** What rests on the server. */
export function notTriedWithout(): Finding[] {
  return [notTried(RIGHTS, DATABASE), notTried(TABLES, DATABASE)];
}

export function judgeServer(facts: DatabaseFacts, place: string): Finding | null {
  if (facts.readOnly) {
    return failed(
      DATABASE,
      `${place} takes no writes: a standby, or set to read only`,
      'Name the primary server in DATABASE_URL.',
    );
  }
  if (facts.encoding !== 'UTF8') {
    return failed(
      DATABASE,
      `${place} stores text as ${facts.encoding}, which has not every name`,
      "Make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    );
  }
  if (facts.strangerRelations > 0) {
    return failed(
      DATABASE,
      `${place} holds ${facts.strangerRelations} tables of something else`,
      'Name a database of its own in DATABASE_URL.',
    );
  }
  return null;
}

export function judgeRights(facts: DatabaseFacts): Finding {
  const missing = [
    ...(facts.canCreateSchemas ? [] : ['CREATE on the database (for schemas directory and bullmq)']),
    ...(facts.canCreateTables ? [] : ['CREATE on schema public']),
    ...(facts.canCreateTemporaryTables ? [] : ['TEMPORARY on the database']),
  ];
  if (missing.length > 0) {
    return failed(
      RIGHTS,
      `${facts.user} lacks ${missing.join(' and ')}`,
      `Make it the owner: ALTER DATABASE … OWNER TO ${facts.user}.`,
    );
  }
  if (facts.foreignRelations > 0) {
    return failed(
      RIGHTS,
      `${facts.foreignRelations} tables or views belong to another role than ${facts.user}`,
      `In this database, as their owner or a superuser: REASSIGN OWNED BY … TO ${facts.user}.`,
    );
  }
  return ok(RIGHTS, `${facts.user} may make what is needed`);
}

async function checkTables(
  { database, url }: Pick<OpenedDatabase, 'database' | 'url'>,
  { isMade }: DatabaseFacts,
): Promise<Finding> {
  try {
    if (!isMade) {
      const made = await migrateDatabase(database, url);
      return ok(TABLES, `made just now, since the database was empty (${made.length} migrations)`);
    }
    const pending = await loadPendingMigrations(database);
    if (pending.length === 0) return ok(TABLES, 'up to date');
    return warning(
      TABLES,
      `of an older version; pending: ${pending.join(', ')}`,
      "Back up, then 'kore-sync migrate'; the next night would bring them up to date as well.",
    );
  } catch (error) {
    return failed(TABLES, describeError(error));
  }
}

import pg from 'pg';
import { SyncError } from '../core/errors.ts';
import { inTransaction, type Database } from './database.ts';

/** Longer names PostgreSQL cuts off, and the role granted to would be another than the one named. */
const LONGEST_NAME_BYTES = 63;

/**
 * Lets a role read schema `directory` and nothing else: what is in it now, and what later migrations put there.
 * Makes the role where there is none. Idempotent. Returns what is left for a person to do, as sentences with SQL.
 *
 * Throws `ANALYST_ROLE_MISSING` where there is no such role and this user may make none, and
 * `ANALYST_ROLE_UNFIT` for a role that can read the tables already; then nothing is granted.
 */
export async function grantAnalystRole({ pool }: Database, name: string): Promise<readonly string[]> {
  if (name === '' || Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new SyncError('USAGE', `--analyst-role: a name has 1 to ${LONGEST_NAME_BYTES} bytes.`);
  }
  return inTransaction(pool, async (connection) => {
    const created = await createIfMissing(connection, name);
    await refuseUnfit(connection, name);
    await connection.query(await grantsFor(connection, name));
    const password = `The role was made just now, without a password. Give it one: ALTER ROLE ${pg.escapeIdentifier(name)} PASSWORD '…';`;
    return [...(created ? [password] : []), ...(await checkReach(connection, name))];
  });
}

/** Default privileges are those of later objects: what the next migration adds can be read as well. */
async function grantsFor(connection: pg.PoolClient, name: string): Promise<string> {
  const role = pg.escapeIdentifier(name);
  const { rows } = await connection.query<{ database: string }>('SELECT current_database() AS database');
  return `
    GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(rows[0]?.database ?? '')} TO ${role};
    GRANT USAGE ON SCHEMA directory TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA directory TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA directory TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA directory GRANT SELECT ON TABLES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA directory GRANT EXECUTE ON FUNCTIONS TO ${role}`;
}

async function createIfMissing(connection: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await connection.query<{ exists: boolean; may_create: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists,
            (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create`,
    [name],
  );
  if (rows[0]?.exists === true) return false;
  const create = `CREATE ROLE ${pg.escapeIdentifier(name)} LOGIN`;
  if (rows[0]?.may_create !== true) {
    throw new SyncError(
      'ANALYST_ROLE_MISSING',
      `There is no role "${name}", and the user of this database may create none. Have an administrator run: ${create} PASSWORD '…'; then call this again.`,
    );
  }
  try {
    await connection.query(create);
  } catch (error) {
    throw new SyncError(
      'ANALYST_ROLE_UNFIT',
      `PostgreSQL does not accept "${name}" as the name of a role: ${error instanceof Error ? error.message : 'unknown error'}. Choose another.`,
      { cause: error },
    );
  }
  return true;
}

/** Rights of its own or of a role it is a member of; views and functions of `directory` are not among these tables. */
async function refuseUnfit(connection: pg.PoolClient, name: string): Promise<void> {
  const { rows } = await connection.query<{ reason: string }>(UNFIT, [name]);
  const reasons = rows.map(({ reason }) => reason);
  if (reasons.length === 0) return;
  throw new SyncError(
    'ANALYST_ROLE_UNFIT',
    `The role "${name}" is not one that only reads: it ${reasons.join(', and ')}. Nothing was granted. Name a role of its own for analysts.`,
  );
}

const UNFIT = `
  SELECT 'is a superuser' AS reason FROM pg_roles WHERE rolname = $1 AND rolsuper
  UNION ALL
  SELECT 'has the rights of ' || current_user || ', the owner of the tables'
    FROM pg_roles WHERE rolname = $1 AND NOT rolsuper AND pg_has_role($1, current_user, 'MEMBER')
  UNION ALL
  SELECT 'can reach tables of this program (' || string_agg(c.relname, ', ' ORDER BY c.relname) FILTER (WHERE c.place <= 3)
           || CASE WHEN count(*) > 3 THEN ' and ' || count(*) - 3 || ' more' ELSE '' END || ')'
    FROM (
      SELECT t.relname, row_number() OVER (ORDER BY t.relname) AS place
        FROM pg_class t
        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname NOT IN ('directory', 'pg_catalog', 'information_schema')
        JOIN pg_roles r ON r.rolname = $1 AND NOT r.rolsuper AND NOT pg_has_role($1, current_user, 'MEMBER')
       WHERE t.relkind IN ('r', 'p') AND pg_get_userbyid(t.relowner) = current_user
         AND (has_table_privilege($1, t.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege($1, t.oid, 'SELECT'))
    ) c
  HAVING count(*) > 0`;

interface Reach {
  readonly reads_all: boolean;
  readonly may_create: boolean;
  readonly user: string;
}

/** PostgreSQL only warns where somebody grants what they may not. */
async function checkReach(connection: pg.PoolClient, name: string): Promise<readonly string[]> {
  const { rows } = await connection.query<Reach>(REACH, [name]);
  const [reach] = rows;
  if (reach?.reads_all !== true) {
    throw new SyncError(
      'ANALYST_ROLE_UNFIT',
      `The user of this database does not own schema directory, and may not let "${name}" read it. Call this as the user that migrates the database.`,
    );
  }
  if (!reach.may_create) return [];
  return [
    `"${name}" may create tables of its own in schema public, as everybody may in this database. An administrator ends that with: ` +
      `GRANT CREATE ON SCHEMA public TO ${pg.escapeIdentifier(reach.user)}; REVOKE CREATE ON SCHEMA public FROM PUBLIC;`,
  ];
}

/** Servers older than 15, and clusters upgraded from them, let everybody create in schema public. */
const REACH = `
  SELECT has_schema_privilege($1, 'directory', 'USAGE')
           AND (SELECT bool_and(has_table_privilege($1, v.oid, 'SELECT')) FROM pg_class v
                 WHERE v.relnamespace = 'directory'::regnamespace AND v.relkind = 'v') AS reads_all,
         has_schema_privilege($1, 'public', 'CREATE') AS may_create, current_user::text AS user`;

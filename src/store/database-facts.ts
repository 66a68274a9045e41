import type { Database } from './database.ts';

/** What a server and a database are like, for somebody who has to judge whether they will do. */
export interface DatabaseFacts {
  /** As the server spells it, such as `16.4 (Debian 16.4-1)`. */
  readonly version: string;
  readonly encoding: string;
  /** A standby, or a database or role that was set to read only. */
  readonly readOnly: boolean;
  readonly bytes: number;
  readonly user: string;
  /** May make schemas; not needed where they are there. */
  readonly canCreateSchemas: boolean;
  readonly canCreateTables: boolean;
  readonly canCreateTemporaryTables: boolean;
  /** Tables and views of ours that belong to a role whose rights this one does not have. */
  readonly foreignRelations: number;
  /** Relations where there is no table of ours: somebody else's. */
  readonly strangerRelations: number;
  /** Whether any command has ever made its tables here. */
  readonly isMade: boolean;
}

/** Relations that no extension brought along. */
const RELATIONS = `
  SELECT c.relowner FROM pg_class c
   WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'directory', 'bullmq'))
     AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`;

/** Reads catalogues alone: needs none of our tables. */
export async function loadDatabaseFacts({ pool }: Database): Promise<DatabaseFacts> {
  const { rows } = await pool.query<DatabaseFacts>(`
    WITH relations AS (${RELATIONS}), made AS (SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS yes)
    SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "readOnly",
           pg_database_size(current_database())::float8 AS bytes, current_user::text AS user,
           has_database_privilege(current_database(), 'CREATE')
             OR (to_regnamespace('directory') IS NOT NULL AND to_regnamespace('bullmq') IS NOT NULL) AS "canCreateSchemas",
           coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), false) AS "canCreateTables",
           has_database_privilege(current_database(), 'TEMPORARY') AS "canCreateTemporaryTables",
           (SELECT count(*) FROM relations WHERE NOT pg_has_role(relowner, 'USAGE'))::int AS "foreignRelations",
           CASE WHEN made.yes THEN 0 ELSE (SELECT count(*) FROM relations) END::int AS "strangerRelations",
           made.yes AS "isMade"
      FROM made`);
  const [facts] = rows;
  if (facts === undefined) throw new Error('a query over one row returned none');
  return facts;
}

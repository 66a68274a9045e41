import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { inject } from 'vitest';
import { openQueues } from '../../src/queue/engine.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrations.ts';
import { recordLog } from './log-record.ts';

export interface TestDatabase {
  url: string;
  name: string;
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Holds the migrated schema and that of the queue; made once per test run. */
const TEMPLATE = 'migrated_template';

/** Creates an empty database with a name of its own on the test run's server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase('template1');
}

/** Creates a migrated database, an installation of its own. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const database = await createDatabase(TEMPLATE);
  await database.query('UPDATE account SET installation_id = gen_random_uuid()');
  return database;
}

/** Creates a copy of the database at `url`, to which nobody is connected. */
export async function copyDatabase(url: string): Promise<TestDatabase> {
  return createDatabase(new URL(url).pathname.slice(1));
}

/** To be called once per test run, before any test. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await useDatabase(serverUrl).query(`CREATE DATABASE ${TEMPLATE}`);
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  const database = await openDatabase({ url: url.href, size: 2, onIdleError: () => undefined });
  await migrateDatabase(database, url.href);
  await database.close();
  // The queue's own schema takes longer to make than a small night.
  const engine = { kind: 'postgres', databaseUrl: url.href } as const;
  const queues = await openQueues({ engine, prefix: 'template', logger: recordLog() });
  await queues.close();
}

/** Connections are closed that nobody has used for so long: a database with any cannot be copied. */
const IDLE_MS = 20;

/** A database that is there already. */
export function useDatabase(url: string): Pick<TestDatabase, 'url' | 'query'> {
  const pool = new Pool({ connectionString: url, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true });
  // Some tests end every connection, also those that nobody uses.
  pool.on('error', () => undefined);
  return {
    url,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      const { rows } = await pool.query<Row>(sql, [...values]);
      return rows;
    },
  };
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = useDatabase(inject('postgresUrl'));
  // Page by page through the log, as is usual, takes almost twice as long.
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    ...useDatabase(url.href),
    name,
    // FORCE: a test that failed may have left connections open, and its error is the one to report.
    drop: async () => {
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
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
  await runSql(database.url, 'UPDATE account SET installation_id = gen_random_uuid()');
  return database;
}

/** Creates a copy of the database at `url`, to which nobody is connected. */
export async function copyDatabase(url: string): Promise<TestDatabase> {
  return createDatabase(new URL(url).pathname.slice(1));
}

/** To be called once per test run, before any test. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await runSql(serverUrl, `CREATE DATABASE ${TEMPLATE}`);
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

/** A database that is there already. */
export function useDatabase(url: string): Pick<TestDatabase, 'url' | 'query'> {
  return {
    url,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      runSql<Row>(url, sql, values),
  };
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runSql(inject('postgresUrl'), `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    ...useDatabase(url.href),
    name,
    // FORCE: a test that failed may have left connections open, and its error is the one to report.
    drop: async () => {
      await runSql(inject('postgresUrl'), `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function runSql<Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

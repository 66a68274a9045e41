import { onTestFinished } from 'vitest';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from './postgres.ts';

export interface TestStore {
  readonly database: Database;
  readonly url: string;
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly close: () => Promise<void>;
}

/** A migrated database of its own and the product's connections to it. For a test of its own, see `openStore`. */
export async function createStore(size = 6): Promise<TestStore> {
  return connect(await createMigratedDatabase(), size);
}

/** A migrated database that is gone when the test ends. */
export async function openStore(size?: number): Promise<TestStore> {
  const store = await createStore(size);
  onTestFinished(store.close);
  return store;
}

/** As `openStore`, but with nothing in it. */
export async function openEmptyStore(): Promise<TestStore> {
  const store = await connect(await createTestDatabase(), 2);
  onTestFinished(store.close);
  return store;
}

/** Takes away what tests write, and lets the next run pin the account. */
export async function emptyStore({ query }: TestStore): Promise<void> {
  await query(`
    DELETE FROM observations; DELETE FROM roster_moves; DELETE FROM addresses; DELETE FROM users;
    DELETE FROM last_logins; DELETE FROM api_calls; DELETE FROM runs;
    UPDATE account SET host = NULL, client_id = NULL, pinned_at = NULL`);
}

async function connect(server: TestDatabase, size: number): Promise<TestStore> {
  const database = await openDatabase({ url: server.url, size, onIdleError: () => undefined });
  return {
    database,
    url: server.url,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      const { rows } = await database.pool.query<Row>(sql, [...values]);
      return rows;
    },
    close: async () => {
      await database.close();
      await server.drop();
    },
  };
}

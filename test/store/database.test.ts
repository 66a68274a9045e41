import { expect, onTestFinished, test } from 'vitest';
import { inTransaction, isTransient, openDatabase, prepareForEverybody } from '../../src/store/database.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import { openStore } from '../support/store.ts';

test('a process that stands still inside a transaction keeps nobody waiting for its locks, and may try again', async () => {
  const created = await createMigratedDatabase();
  onTestFinished(() => created.drop());
  const url = new URL(created.url);
  // A minute unless told otherwise.
  url.searchParams.set('idle_in_transaction_session_timeout', '100');
  const open = async () => {
    const database = await openDatabase({ url: url.href, size: 1, onIdleError: () => undefined });
    onTestFinished(() => database.close());
    return database;
  };
  const [frozen, other] = [await open(), await open()];
  let thaw = (): void => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const holding = inTransaction(frozen.pool, async (connection) => {
    await connection.query('SELECT FROM account FOR UPDATE');
    await thawed;
    await connection.query('SELECT 1');
  });
  const failure = holding.catch((error: unknown) => error);
  await other.pool.query('SELECT FROM account FOR UPDATE');
  thaw();
  expect(isTransient(await failure)).toBe(true);
  await expect(inTransaction(frozen.pool, () => Promise.resolve('again'))).resolves.toBe('again');
});

test('statements about everybody share no hash table: a container has 64 MB for what processes share', async () => {
  const { database } = await openStore(1);
  const plans = await inTransaction(database.pool, async (connection) => {
    await connection.query('SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0');
    await connection.query('SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL enable_mergejoin = off');
    await connection.query('CREATE TABLE people AS SELECT generate_series(1, 20000) AS id');
    await connection.query('ANALYZE people');
    const explain = async (): Promise<string> => {
      const { rows } = await connection.query<{ 'QUERY PLAN': string }>(
        'EXPLAIN SELECT count(*) FROM people a JOIN people b USING (id)',
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const before = await explain();
    await prepareForEverybody(connection);
    return { before, after: await explain() };
  });
  expect(plans.before).toContain('Parallel Hash');
  expect(plans.after).toMatch(/Gather[^]*Hash Join/);
  expect(plans.after).not.toContain('Parallel Hash');
});

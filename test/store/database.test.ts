import { expect, onTestFinished, test } from 'vitest';
import { inTransaction, isTransient, openDatabase } from '../../src/store/database.ts';
import { createMigratedDatabase } from '../support/postgres.ts';

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

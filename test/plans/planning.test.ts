import { expect, test } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import { settleNames } from '../../src/store/plan/names.ts';
import { reconcileUsers } from '../../src/store/plan/reconcile.ts';
import { answerEverybody } from '../support/first-night.ts';
import { openStore } from '../support/store.ts';

const PEOPLE = 5_000;
/** Passes over all observations that a plan may take. It takes a dozen; one per person would be five thousand. */
const PASSES = 30;

test('a first night is planned in a few passes over its answers, however little memory the server gives', async () => {
  const store = await openStore();
  const { database, query } = store;
  const runId = await answerEverybody(store, PEOPLE);
  await query('ANALYZE observations');

  const read = await inTransaction(database.pool, async (connection) => {
    await connection.query(`SET LOCAL work_mem = '64kB'`);
    await reconcileUsers(connection, runId);
    await settleNames(connection, runId);
    const { rows } = await connection.query<{ read: number; planned: number }>(
      `SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS read,
              (SELECT count(*)::int FROM planned_users WHERE fate = 'added') AS planned
         FROM pg_stat_xact_user_tables WHERE relname = 'observations'`,
    );
    return rows[0];
  });

  expect(read?.planned).toBe(PEOPLE);
  expect(read?.read).toBeGreaterThan(PEOPLE);
  expect(read?.read).toBeLessThan(PEOPLE * PASSES);
});

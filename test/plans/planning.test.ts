import { expect, test } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import { settleNames } from '../../src/store/plan/names.ts';
import { reconcileUsers } from '../../src/store/plan/reconcile.ts';
import { answerEverybody } from '../support/first-night.ts';
import { openStore } from '../support/store.ts';
import { countReads } from './reads.ts';

const PEOPLE = 5_000;
/** Passes over all observations that a plan may take. It takes a dozen; one per person would be five thousand. */
const PASSES = 30;

test('a first night is planned in a few passes over its answers, however little memory the server gives', async () => {
  const store = await openStore();
  const { database, query } = store;
  const runId = await answerEverybody(store, PEOPLE);
  await query('ANALYZE observations');

  const [read, planned] = await inTransaction(database.pool, async (connection) => {
    await connection.query(`SET LOCAL work_mem = '64kB'`);
    const plan = async (): Promise<void> => {
      await reconcileUsers(connection, runId);
      await settleNames(connection, runId);
    };
    const { rows } = await countReads(connection, plan, 'observations');
    const { rowCount } = await connection.query(`SELECT FROM planned_users WHERE fate = 'added'`);
    return [rows, rowCount];
  });

  expect(planned).toBe(PEOPLE);
  expect(read).toBeGreaterThan(PEOPLE);
  expect(read).toBeLessThan(PEOPLE * PASSES);
});

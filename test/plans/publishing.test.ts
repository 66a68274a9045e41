import { expect, test } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import { PEOPLE_CONTENT } from '../../src/store/publish/chain.ts';
import { moveNight, publishRun } from '../../src/store/publish/publish.ts';
import { setIndexesAside } from '../../src/store/publish/set-aside-indexes.ts';
import { planRun } from '../../src/sync/plan-run.ts';
import { answerEverybody, planFirstNight, planNightOfLocks } from '../support/first-night.ts';
import { USUAL_GUARD_LIMITS } from '../support/guard-limits.ts';
import { openStore } from '../support/store.ts';
import { notePasses, type Pass } from './loops.ts';
import { readPlan } from './plan.ts';
import { countReads } from './reads.ts';

const PEOPLE = 5_000;
const GRANTS = 3.1 * PEOPLE;
/** Passes over everybody's grants that a publication may take, indexes included. One per person would be five thousand. */
const PASSES = 60;
/** Of any table. A join that looks through a table for everybody begins anew as often. */
const SCANS = 500;

test('a first night is published in a few passes, also where PostgreSQL has seen the tables empty and has no index', async () => {
  const store = await openStore();
  const { database, query } = store;
  const runId = await answerEverybody(store, PEOPLE);
  // As autovacuum leaves them: no row and no page, whatever comes, and a run that has not come to its last answer.
  await query('VACUUM ANALYZE');
  await planRun(database, runId, USUAL_GUARD_LIMITS);
  await setIndexesAside(database, runId, PEOPLE);

  const passes: Pass[] = [];
  const read = await inTransaction(database.pool, (connection) =>
    countReads(connection, () => moveNight(notePasses(connection, passes), runId, 'real')),
  );

  expect(await query('SELECT FROM directory.role_grants')).toHaveLength(GRANTS);
  expect(await query('SELECT FROM directory.role_grants WHERE NOT direct')).toHaveLength(PEOPLE);
  expect(read.rows).toBeGreaterThan(GRANTS);
  expect(read.rows).toBeLessThan(GRANTS * PASSES);
  expect(read.scans).toBeLessThan(SCANS);
  // Nor is what is kept in memory, which those counters do not tell.
  expect(passes.map(({ statement }) => statement)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^INSERT INTO opened_grants/),
      expect.stringMatching(/^INSERT INTO digests/),
    ]),
  );
  expect(passes.filter(({ loops }) => loops > SCANS)).toEqual([]);
  // Whoever verifies asks the same without the settings of a publication.
  const digests = await readPlan(store, PEOPLE_CONTENT.replaceAll('$1', runId));
  expect(digests.text).not.toContain('Nested Loop');
});

test.for([
  'users',
  'role_grants',
  'group_memberships',
  'task_assignments',
  'effective_access',
  'access_by_group',
])(
  'who asks for %s while a first night is being published looks at nothing but whether there is a night',
  async (view) => {
    const store = await openStore();
    const { database, query } = store;
    const runId = await planFirstNight(store, 100);

    const [read, ofRuns] = await inTransaction(database.pool, async (publisher) => {
      await moveNight(publisher, runId, 'real');
      return inTransaction(database.pool, async (reader) => {
        const ask = (): Promise<unknown> => reader.query(`SELECT * FROM directory.${view}`);
        return [await countReads(reader, ask), await countReads(reader, ask, 'runs')];
      });
    });

    expect(ofRuns.scans + ofRuns.searches).toBe(1);
    expect(read).toEqual(ofRuns);
    expect(await query(`SELECT FROM directory.${view}`)).not.toEqual([]);
  },
);

test('who changes is written beside what they were, and enters no index; who leads where they did is not written at all', async () => {
  const store = await openStore();
  const { database, query } = store;
  await publishRun(database, await planFirstNight(store, PEOPLE));
  const runId = await planNightOfLocks(store, PEOPLE, 100);

  const updates = await inTransaction(database.pool, async (connection) => {
    await moveNight(connection, runId, 'real');
    const { rows } = await connection.query<{ table: string; updates: number; withoutIndexes: number }>(
      `SELECT relname AS table, n_tup_upd::int AS updates, n_tup_hot_upd::int AS "withoutIndexes"
         FROM pg_stat_xact_user_tables WHERE relname IN ('users', 'last_logins', 'addresses') ORDER BY relname`,
    );
    return rows;
  });

  const changed = PEOPLE / 100;
  expect(updates).toEqual([
    { table: 'addresses', updates: 0, withoutIndexes: 0 },
    { table: 'last_logins', updates: changed, withoutIndexes: changed },
    { table: 'users', updates: changed, withoutIndexes: changed },
  ]);
  expect(await query(`SELECT FROM directory.role_grants`)).toHaveLength(GRANTS);
  // Nor locked, which writes the page as well.
  expect(await query(`SELECT FROM addresses WHERE xmax <> '0'`)).toEqual([]);
});

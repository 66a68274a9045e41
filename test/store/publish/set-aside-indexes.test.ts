import { describe, expect, test } from 'vitest';
import type { GuardLimits } from '../../../src/core/guard.ts';
import { openRun } from '../../../src/store/open-run.ts';
import { publishRun } from '../../../src/store/publish/publish.ts';
import { setIndexesAside } from '../../../src/store/publish/set-aside-indexes.ts';
import { planRun } from '../../../src/sync/plan-run.ts';
import { newRun } from '../../support/new-run.ts';
import { openStore } from '../../support/store.ts';

const INDEXES = `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname`;
const PEOPLE = 20;
const LIMITS: GuardLimits = {
  maxRemovedPercent: 5,
  maxRevokedPercent: 10,
  maxGrantedPercent: 25,
  maxAdminChanges: 20,
  minCoveragePercent: 90,
};

describe('the indexes of a first night', () => {
  test('are gone while it is written, and are the same afterwards', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const runId = await planBaseline();
    const before = await query(INDEXES);

    await setIndexesAside(database, runId, PEOPLE);
    const meanwhile = await query<{ tablename: string; indexname: string }>(INDEXES);
    expect(meanwhile.length).toBeLessThan(before.length - 15);
    expect(meanwhile.filter(({ tablename }) => tablename === 'role_grants')).toMatchObject([
      { indexname: 'role_grants_pkey' },
    ]);

    expect(await publishRun(database, runId)).toBe(true);
    expect(await query(INDEXES)).toEqual(before);
    expect(await query('SELECT FROM indexes_set_aside')).toEqual([]);
    expect(await query('SELECT FROM directory.users')).toHaveLength(PEOPLE);
  });

  test('stay where the night is small', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const runId = await planBaseline();
    const before = await query(INDEXES);
    await setIndexesAside(database, runId, PEOPLE + 1);
    await setIndexesAside(database, runId);
    expect(await query(INDEXES)).toEqual(before);
  });

  test('come back with the next night that is published, where this one was not', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const before = await query(INDEXES);
    const failed = await planBaseline();
    await setIndexesAside(database, failed, PEOPLE);
    await query(`UPDATE runs SET status = 'failed' WHERE id = $1`, [failed]);

    const next = await planBaseline();
    expect(await publishRun(database, next)).toBe(true);
    expect(await query(INDEXES)).toEqual(before);
  });

  // I3
  test('are set aside once by any number of processes, and by none after the publication', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const before = await query(INDEXES);
    const runId = await planBaseline();
    const finish = async (): Promise<boolean> => {
      await setIndexesAside(database, runId, PEOPLE);
      return publishRun(database, runId);
    };
    expect((await Promise.all([finish(), finish(), finish()])).toSorted()).toEqual([false, false, true]);
    await setIndexesAside(database, runId, PEOPLE);
    expect(await query(INDEXES)).toEqual(before);
  });

  test('stay where somebody reads the tables and does not let go', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const runId = await planBaseline();
    const before = await query(INDEXES);
    const reader = await database.pool.connect();
    try {
      await reader.query('BEGIN');
      await reader.query('SELECT FROM role_grants');
      await setIndexesAside(database, runId, PEOPLE);
      expect(await query(INDEXES)).toEqual(before);
      expect(await publishRun(database, runId)).toBe(true);
    } finally {
      await reader.query('ROLLBACK');
      reader.release();
    }
    expect(await query(INDEXES)).toEqual(before);
  });

  test('find what must not be there twice, and the night is not published', async () => {
    const { database, query, planBaseline } = await beginBaseline();
    const runId = await planBaseline();
    await setIndexesAside(database, runId, PEOPLE);
    const meanwhile = await query(INDEXES);
    await query(`INSERT INTO group_memberships (person_id, group_ref, valid_from)
                 SELECT person, team, now() FROM generate_series(1, 20) person, generate_series(1, 10) team`);
    await expect(publishRun(database, runId)).rejects.toThrow('group_memberships_open');
    expect(await query(INDEXES)).toEqual(meanwhile);
    expect(await query('SELECT FROM users')).toEqual([]);
  });
});

async function beginBaseline() {
  const { database, query } = await openStore();
  let nights = 0;
  return {
    database,
    query,
    /** Everybody has answered, and the plan is stored. */
    planBaseline: async (): Promise<string> => {
      nights += 1;
      const { runId } = await openRun(database, newRun(['somebody@example.com'], { key: `night-${nights}` }));
      await query(ANSWER_EVERYBODY, [runId, PEOPLE]);
      await query(
        `UPDATE batches SET status = 'answered', size = $2, found = $2, answered_at = clock_timestamp() WHERE run_id = $1`,
        [runId, PEOPLE],
      );
      await planRun(database, runId, LIMITS);
      return runId;
    },
  };
}

const ANSWER_EVERYBODY = `
  INSERT INTO observations (run_id, batch_no, entry, answer, user_id, email, hash, snapshot)
  SELECT $1, 1, n || '@example.com', 'found', 'u-' || n, n || '@example.com', sha256(n::text::bytea),
         jsonb_build_object('userId', 'u-' || n, 'email', n || '@example.com', 'groups', jsonb_build_object('complete', true,
           'items', jsonb_build_array(jsonb_build_object('groupId', 'g-' || n % 10, 'groupName', 'Group ' || n % 10))))
    FROM generate_series(1, $2::int) n`;

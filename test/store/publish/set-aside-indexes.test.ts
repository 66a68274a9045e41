import { describe, expect, test } from 'vitest';
import { publishRun } from '../../../src/store/publish/publish.ts';
import { setIndexesAside } from '../../../src/store/publish/set-aside-indexes.ts';
import { planFirstNight } from '../../support/first-night.ts';
import { openStore } from '../../support/store.ts';

const INDEXES = `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname`;
const PEOPLE = 20;

describe('the indexes of a first night', () => {
  test('are gone while it is written, and are the same afterwards', async () => {
    const store = await openStore();
    const { database, query } = store;
    const runId = await planFirstNight(store, PEOPLE);
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
    const store = await openStore();
    const { database, query } = store;
    const runId = await planFirstNight(store, PEOPLE);
    const before = await query(INDEXES);
    await setIndexesAside(database, runId, PEOPLE + 1);
    await setIndexesAside(database, runId);
    expect(await query(INDEXES)).toEqual(before);
  });

  test('come back with the next night that is published, where this one was not', async () => {
    const store = await openStore();
    const { database, query } = store;
    const before = await query(INDEXES);
    const failed = await planFirstNight(store, PEOPLE, 'failed');
    await setIndexesAside(database, failed, PEOPLE);
    await query(`UPDATE runs SET status = 'failed' WHERE id = $1`, [failed]);

    const next = await planFirstNight(store, PEOPLE);
    expect(await publishRun(database, next)).toBe(true);
    expect(await query(INDEXES)).toEqual(before);
  });

  // I3
  test('are set aside once by any number of processes, and by none after the publication', async () => {
    const store = await openStore();
    const { database, query } = store;
    const before = await query(INDEXES);
    const runId = await planFirstNight(store, PEOPLE);
    const three = [1, 2, 3];
    await Promise.all(three.map(() => setIndexesAside(database, runId, PEOPLE)));
    const gone = before.length - (await query(INDEXES)).length;
    expect(gone).toBeGreaterThan(15);
    expect(await query('SELECT FROM indexes_set_aside')).toHaveLength(gone);
    const published = await Promise.all(three.map(() => publishRun(database, runId)));
    expect(published.toSorted()).toEqual([false, false, true]);
    await setIndexesAside(database, runId, PEOPLE);
    expect(await query(INDEXES)).toEqual(before);
  });

  test('stay where somebody reads the tables and does not let go', async () => {
    const store = await openStore();
    const { database, query } = store;
    const runId = await planFirstNight(store, PEOPLE);
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

  test('stop the publication where one that is unique cannot be built', async () => {
    const store = await openStore();
    const { database, query } = store;
    const runId = await planFirstNight(store, PEOPLE);
    await setIndexesAside(database, runId, PEOPLE);
    const meanwhile = await query(INDEXES);
    await query(`INSERT INTO group_memberships (person_id, group_ref, valid_from)
                 SELECT person, team, now() FROM generate_series(1, 20) person, generate_series(1, 10) team`);
    await expect(publishRun(database, runId)).rejects.toThrow('group_memberships_open');
    expect(await query(INDEXES)).toEqual(meanwhile);
    expect(await query('SELECT FROM users')).toEqual([]);
  });
});

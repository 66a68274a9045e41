import { beforeAll, describe, expect, test } from 'vitest';
import { createStore, openStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

const USER = 'user_id, email, first_name, last_name, status, can_create_bot, is_developer';
const GRANT = 'user_id, email, scope, role_id, role_name, bot_id, bot_name, direct, via_groups, valid_from';
const MEMBERSHIP = 'user_id, email, group_id, group_name, valid_from';
const TASK = 'user_id, email, bot_id, task_kind, task_id, valid_from';
const CHANGE =
  'change_id, run_id, as_of, not_before, kind, user_id, email, scope, role_id, role_name, bot_id, bot_name, ' +
  'group_id, group_name, task_kind, task_id, before, after';

const NET_CHANGE = CHANGE.replace('change_id, run_id, as_of, not_before, ', '');

/** The public contract: analysts' queries name these columns, and `SELECT *` shows them in this order. */
const VIEWS = {
  users: `${USER}, last_login, first_seen_at, removed_at, confirmed_at, in_roster`,
  role_grants: GRANT,
  group_memberships: MEMBERSHIP,
  task_assignments: TASK,
  changes: CHANGE,
  role_changes: CHANGE,
  runs:
    'run_id, run_key, trigger, scope, dry_run, status, partial, opened_at, as_of, published_at, coverage, ' +
    'entries, rejected, duplicates, found, absent, unanswered, changes, reasons, decided_by, decided_at, decision_reason',
  freshness: 'run_id, as_of, age, coverage, next_due',
  nights: 'run_id, run_key, scope, opened_at, as_of, published_at, coverage, partial, changes',
  users_by_night: `run_id, as_of, coverage, ${USER}, first_seen_at`,
  role_grants_by_night: `run_id, as_of, coverage, ${GRANT}`,
  group_memberships_by_night: `run_id, as_of, coverage, ${MEMBERSHIP}`,
  task_assignments_by_night: `run_id, as_of, coverage, ${TASK}`,
  user_history: `${USER}, valid_from, valid_to`,
  role_grant_history: 'user_id, email, scope, role_id, role_name, bot_id, bot_name, valid_from, valid_to',
  group_membership_history: `${MEMBERSHIP}, valid_to`,
  task_assignment_history: `${TASK}, valid_to`,
  effective_access:
    'user_id, email, scope, role_id, role_name, bot_id, bot_name, held_via, group_id, group_name, valid_from',
  access_by_group:
    'group_id, group_name, user_id, email, scope, role_id, role_name, bot_id, bot_name, only_way, valid_from',
  role_holders_over_time: 'run_id, as_of, coverage, scope, role_id, role_name, holders, grants',
  net_changes: `from_run_id, to_run_id, from_as_of, to_as_of, ${NET_CHANGE}`,
};

/** Those that only mean now are left out: what was known of a login is not kept, nor who was on the roster. */
const AS_OF = {
  users_as_of: `${USER}, first_seen_at`,
  role_grants_as_of: GRANT,
  group_memberships_as_of: MEMBERSHIP,
  task_assignments_as_of: TASK,
  night_at: 'run_id, run_key, scope, as_of, published_at, coverage, partial',
};

const FINDINGS = [
  'orphaned_access',
  'dormant_admins',
  'never_logged_in',
  'flag_anomalies',
  'unalerted_role_changes',
];

describe('schema directory', () => {
  test.each(Object.entries(VIEWS))(
    '%s has the columns of the contract, in its order',
    async (view, columns) => {
      const { query } = store;
      const described = await query<{ columns: string }>(
        `SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) AS columns
         FROM information_schema.columns WHERE table_schema = 'directory' AND table_name = $1`,
        [view],
      );
      expect(described).toEqual([{ columns }]);
    },
  );

  test.each(Object.entries(AS_OF))(
    '%s has the columns of the contract, and knows nothing before the first night',
    async (name, columns) => {
      const { query } = store;
      const described = await query<{ columns: string }>(
        `SELECT array_to_string(proargnames[2:], ', ') AS columns
         FROM pg_proc WHERE oid = format('directory.%I(timestamptz)', $1::text)::regprocedure`,
        [name],
      );
      expect(described).toEqual([{ columns }]);
      expect(await query(`SELECT * FROM directory.${name}(now())`)).toEqual([]);
    },
  );

  test('changes_between has the columns of changes without those of a run', async () => {
    const { query } = store;
    const described = await query<{ columns: string }>(
      `SELECT array_to_string(proargnames[3:], ', ') AS columns
         FROM pg_proc WHERE oid = 'directory.changes_between(timestamptz, timestamptz)'::regprocedure`,
    );
    expect(described).toEqual([{ columns: NET_CHANGE }]);
    expect(await query(`SELECT * FROM directory.changes_between('-infinity', 'infinity')`)).toEqual([]);
  });

  test.each(FINDINGS)('%s can be read before the first night, and finds nothing', async (finding) => {
    const { query } = store;
    expect(await query(`SELECT * FROM directory.${finding}`)).toEqual([]);
  });

  test('freshness is one row, before the first night as well', async () => {
    const { query } = store;
    expect(await query('SELECT * FROM directory.freshness')).toEqual([
      { run_id: null, as_of: null, age: null, coverage: null, next_due: null },
    ]);
  });

  test('says of every view, column and function, and of every table, what it means', async () => {
    const { query } = await openStore();
    expect(await query(WITHOUT_COMMENT)).toEqual([]);

    await query(`CREATE TABLE unexplained (id integer); CREATE VIEW directory.unexplained AS SELECT 1 AS one;
                 CREATE FUNCTION directory.unexplained() RETURNS integer LANGUAGE sql AS 'SELECT 1'`);
    expect(await query<{ name: string }>(WITHOUT_COMMENT)).toEqual(
      ['directory.unexplained', 'directory.unexplained()', 'directory.unexplained.one', 'unexplained'].map(
        (name) => ({ name }),
      ),
    );
  });

  test('joins nothing staged, so that a night under way cannot be seen', async () => {
    const { query } = store;
    const read = await query<{ table: string }>(
      `SELECT DISTINCT d.refobjid::regclass::text AS table
         FROM pg_rewrite w
         JOIN pg_class v ON v.oid = w.ev_class AND v.relnamespace = 'directory'::regnamespace
         JOIN pg_depend d ON d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
         JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'`,
    );
    const staged = ['observations', 'roster_moves', 'batch_entries', 'batches'];
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter(({ table }) => staged.includes(table) || table.startsWith('planned_'))).toEqual([]);
  });
});

const WITHOUT_COMMENT = `
  SELECT v.oid::regclass::text AS name FROM pg_class v
   WHERE obj_description(v.oid, 'pg_class') IS NULL
     AND (v.relkind = 'v' AND v.relnamespace = 'directory'::regnamespace
          OR v.relkind = 'r' AND v.relnamespace = 'public'::regnamespace AND v.relname <> '_prisma_migrations')
  UNION ALL
  SELECT v.oid::regclass::text || '.' || a.attname FROM pg_class v
    JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE v.relkind = 'v' AND v.relnamespace = 'directory'::regnamespace AND col_description(v.oid, a.attnum) IS NULL
  UNION ALL
  SELECT p.oid::regprocedure::text FROM pg_proc p
   WHERE p.pronamespace = 'directory'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
   ORDER BY name`;

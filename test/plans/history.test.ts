import { beforeAll, describe, expect, test } from 'vitest';
import { writeYear } from '../bench/year.ts';
import { createStore, type TestStore } from '../support/store.ts';
import { readPlan } from './plan.ts';

/** Large enough that reading a whole table costs more than what is asked for. */
const YEAR = { users: 30_000, nights: 60, churn: 0.01 };

/** They grow with the people or with the history. The others have a row per role, bot, group or night. */
const BIG = [
  'users',
  'user_versions',
  'addresses',
  'role_grants',
  'grant_sources',
  'group_memberships',
  'task_assignments',
  'last_logins',
  'changes',
];

const THEN = `now() - interval '20 days'`;
const EMAIL = `email = 'user00000777@example.com'`;
const USER = `user_id = 'u-' || md5('777')`;

/** A question, and the indexes it is to be answered from. */
const QUESTIONS: readonly (readonly [question: string, sql: string, indexes: readonly string[]])[] = [
  ['one person', `SELECT * FROM directory.users WHERE ${EMAIL}`, ['users_email_idx']],
  [
    'what one person can do',
    `SELECT * FROM directory.role_grants WHERE ${EMAIL}`,
    ['users_email_idx', 'role_grants_(?:open|person_id_idx)'],
  ],
  [
    'in which ways one person can do it',
    `SELECT * FROM directory.effective_access WHERE ${EMAIL}`,
    ['users_email_idx', 'role_grants_(?:open|person_id_idx)', 'grant_sources_(?:open|grant_id_idx)'],
  ],
  [
    'what one person could do',
    `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE ${EMAIL}`,
    ['user_versions_email_idx', 'role_grants_person_id_idx', 'grant_sources_\\w+'],
  ],
  [
    'what one person could do, by id',
    `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE ${USER}`,
    ['users_user_id_key', 'role_grants_person_id_idx', 'user_versions_\\w+'],
  ],
  [
    'who one person was',
    `SELECT * FROM directory.users_as_of(${THEN}) WHERE ${EMAIL}`,
    ['user_versions_email_idx', 'users_pkey'],
  ],
  [
    'in which groups one person was',
    `SELECT * FROM directory.group_memberships_as_of(${THEN}) WHERE ${EMAIL}`,
    ['user_versions_email_idx', 'group_memberships_person_id_idx'],
  ],
  [
    'which tasks one person had',
    `SELECT * FROM directory.task_assignments_as_of(${THEN}) WHERE ${EMAIL}`,
    ['user_versions_email_idx', 'task_assignments_person_id_idx'],
  ],
  [
    'what happened to one person',
    `SELECT * FROM directory.changes WHERE ${EMAIL} ORDER BY change_id`,
    ['changes_email_idx'],
  ],
  [
    'what happened to one person, by id',
    `SELECT * FROM directory.changes WHERE ${USER} ORDER BY change_id`,
    ['changes_user_id_run_id_idx'],
  ],
  [
    'from when to when one person held what',
    `SELECT * FROM directory.role_grant_history WHERE ${USER}`,
    ['users_user_id_key', 'role_grants_person_id_idx'],
  ],
  [
    'who held a role on a bot',
    `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE role_name = 'Role 17' AND bot_name = 'Bot 17'`,
    ['role_grants_role_ref_bot_ref_idx'],
  ],
  [
    'who held an admin role',
    `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE role_name = 'Role 203'`,
    ['role_grants_role_ref_bot_ref_idx'],
  ],
  ['what one night changed', `SELECT * FROM directory.changes WHERE run_id = 40`, ['changes_run_id_idx']],
  [
    'who gained or lost an admin role',
    `SELECT * FROM directory.role_changes WHERE scope = 'admin'`,
    ['changes_admin'],
  ],
  [
    'what is different about one person',
    `SELECT * FROM directory.changes_between(${THEN}, now()) WHERE ${USER}`,
    ['changes_user_id_run_id_idx', 'user_versions_person_id_valid_from_idx', 'role_grants_\\w+'],
  ],
];

let store: TestStore;

beforeAll(async () => {
  store = await createStore(1);
  await writeYear(store.database.pool, YEAR);
  return store.close;
});

/** In this order: each makes what the next one needs. */
const STATISTICS: readonly (readonly [which: string, sql: string])[] = [
  ['of the first night', 'SELECT'],
  ['made just now', 'ANALYZE'],
  [
    'that nobody has made yet',
    `DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace);
     UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relnamespace = 'public'::regnamespace`,
  ],
];

describe.each(STATISTICS)('with statistics %s', (_which, sql) => {
  beforeAll(async () => {
    await store.query(sql);
  });

  test.each(QUESTIONS)('%s is answered from indexes', async (_question, question, indexes) => {
    const plan = await readPlan(store, question);
    expect(
      plan.scanned.filter((table) => BIG.includes(table)),
      plan.text,
    ).toEqual([]);
    for (const index of indexes)
      expect(plan.indexes, plan.text).toContainEqual(expect.stringMatching(`^${index}$`));
  });
});

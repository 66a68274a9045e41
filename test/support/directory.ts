import type { TestNights } from './night.ts';

/** The guard is not what a scenario is about, and one person is a large share of so few. */
export const LOOSE_GUARD = {
  GUARD_MAX_REMOVED_PERCENT: '99',
  GUARD_MAX_REVOKED_PERCENT: '99',
  GUARD_MAX_GRANTED_PERCENT: '100',
  GUARD_MAX_ADMIN_CHANGES: '1000',
  GUARD_MIN_COVERAGE_PERCENT: '1',
};

type Row = Readonly<Record<string, unknown>>;

/**
 * A published change without what differs from test to test, and without its empty columns. `since` is the run
 * whose opening is its `not_before`; null where it has none.
 */
export type ChangeRow = Row & { readonly kind: string; readonly since: string | null };

/** The changes of a run, or of all, in the order of publication. */
export async function readChanges(nights: TestNights, runId?: string): Promise<ChangeRow[]> {
  const rows = await nights.query<ChangeRow>(
    `SELECT (SELECT r.id::text FROM runs r WHERE r.opened_at = c.not_before) AS since, kind, user_id, email, scope,
            role_id, role_name, bot_id, bot_name, group_id, group_name, task_kind, task_id, before, after,
            CASE WHEN not_before IS NOT NULL AND NOT EXISTS (SELECT FROM runs r WHERE r.opened_at = c.not_before)
                 THEN not_before END AS since_no_run
       FROM directory.changes c WHERE $1::bigint IS NULL OR run_id = $1 ORDER BY change_id`,
    [runId ?? null],
  );
  return rows.map(({ kind, since, ...columns }) => ({ kind, since, ...withoutNulls(columns) }));
}

/** What analysts see, ordered by what is in it. Two nights that say the same have the same views. */
export interface Views {
  readonly users: readonly Row[];
  readonly grants: readonly Row[];
  readonly memberships: readonly Row[];
  readonly tasks: readonly Row[];
}

const VIEWS = {
  users: 'SELECT * FROM directory.users',
  grants: 'SELECT * FROM directory.role_grants',
  memberships: 'SELECT * FROM directory.group_memberships',
  tasks: 'SELECT * FROM directory.task_assignments',
};

export async function readViews(nights: TestNights): Promise<Views> {
  return readAll(nights, VIEWS);
}

/** The same as they were, from the functions for it. */
export async function readViewsAsOf(nights: TestNights, asOf: Date | string): Promise<Views> {
  return readAll(
    nights,
    {
      users: 'SELECT * FROM directory.users_as_of($1)',
      grants: 'SELECT * FROM directory.role_grants_as_of($1)',
      memberships: 'SELECT * FROM directory.group_memberships_as_of($1)',
      tasks: 'SELECT * FROM directory.task_assignments_as_of($1)',
    },
    [asOf],
  );
}

async function readAll(
  nights: TestNights,
  queries: Record<keyof Views, string>,
  values: readonly unknown[] = [],
): Promise<Views> {
  const [users, grants, memberships, tasks] = await Promise.all(
    [queries.users, queries.grants, queries.memberships, queries.tasks].map(async (sql) =>
      inOrder(await nights.query<Row>(sql, values)),
    ),
  );
  return { users: users ?? [], grants: grants ?? [], memberships: memberships ?? [], tasks: tasks ?? [] };
}

/** One user of the view, by id. */
export async function readUser(nights: TestNights, userId: string): Promise<Row | undefined> {
  const [row] = await nights.query<Row>(
    `SELECT u.*, (SELECT r.run_id::text FROM directory.runs r WHERE r.as_of = u.confirmed_at AND r.status = 'published') AS confirmed_by
       FROM directory.users u WHERE user_id = $1`,
    [userId],
  );
  return row;
}

const STAGING = [
  'observations',
  'roster_moves',
  'planned_users',
  'planned_names',
  'planned_changes',
  'batch_entries',
  'canaries',
];

/** The staging tables that hold anything. */
export async function readStaging(nights: TestNights): Promise<string[]> {
  const counts = await Promise.all(
    STAGING.map(async (table) => ({ table, rows: await nights.query(`SELECT FROM ${table} LIMIT 1`) })),
  );
  return counts.filter(({ rows }) => rows.length > 0).map(({ table }) => table);
}

export function inOrder<T extends object>(rows: readonly T[]): T[] {
  return rows
    .map((row) => ({ key: JSON.stringify(row), row }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

function withoutNulls(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

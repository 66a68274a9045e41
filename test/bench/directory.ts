import { withClient, type Bench } from './bench.ts';
import type { Truth } from './tenant-orders.ts';

/** How many rows each view has, and a sum over what they say. */
export interface DirectoryDigest {
  readonly rows: Truth;
  readonly content: string;
}

/** Without the columns that tell when it was looked at. */
const COLUMNS: Readonly<Record<keyof Truth, string>> = {
  users: 'user_id, email, first_name, last_name, status, can_create_bot, is_developer, last_login, in_roster',
  role_grants: 'user_id, email, scope, role_id, role_name, bot_id, bot_name, direct, via_groups',
  group_memberships: 'user_id, email, group_id, group_name',
};

/** Of those who are there now: who was removed is counted by who is not. */
const CURRENT: Readonly<Record<keyof Truth, string>> = {
  users: 'directory.users WHERE removed_at IS NULL',
  role_grants: 'directory.role_grants',
  group_memberships: 'directory.group_memberships',
};

/** The views show nothing before a night has been published, and whoever is compared with the product publishes none. */
export async function publishEmptyNight(bench: Bench, databaseUrl: string): Promise<void> {
  await withClient(bench, databaseUrl, (client) =>
    client.query(
      `INSERT INTO runs (key, trigger, status, as_of, published_at, coverage)
       VALUES ('empty', 'manual', 'published', now(), now(), 1)`,
    ),
  );
}

/** What the views say, the same for the same content in any order. */
export async function readDigest(bench: Bench, databaseUrl: string): Promise<DirectoryDigest> {
  return withClient(bench, databaseUrl, async (client) => {
    await client.query('ANALYZE');
    const rows = { users: 0, role_grants: 0, group_memberships: 0 };
    const sums: string[] = [];
    for (const view of ['users', 'role_grants', 'group_memberships'] as const) {
      const result = await client.query<{ rows: number; sum: string }>(
        `SELECT count(*)::int AS rows, sum(hash_record_extended(ROW(${COLUMNS[view]}), 0))::text AS sum
           FROM ${CURRENT[view]}`,
      );
      rows[view] = result.rows[0]?.rows ?? 0;
      sums.push(result.rows[0]?.sum ?? '');
    }
    return { rows, content: sums.join(' ') };
  });
}

/**
 * Throws where a directory is not as large as the account says: who skips work is found out. `tooManyToo`: of the
 * naive script, which never takes anything away.
 */
export function checkRows(seen: Truth, expected: Truth, who: string, tooManyToo: boolean): void {
  for (const view of ['users', 'role_grants', 'group_memberships'] as const) {
    if (seen[view] === expected[view] || (tooManyToo && seen[view] > expected[view])) continue;
    throw new Error(`${who}: directory.${view} has ${seen[view]} rows, expected ${expected[view]}`);
  }
}

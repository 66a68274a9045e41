import pg from 'pg';

/** How many rows each view has, and a sum over what they say. */
export interface DirectoryDigest {
  readonly rows: Readonly<Record<View, number>>;
  readonly content: string;
}

const VIEWS = ['users', 'role_grants', 'group_memberships'] as const;
type View = (typeof VIEWS)[number];

/** Per person; the tenant is made that way. */
const ROWS_PER_USER: Readonly<Record<View, number>> = { users: 1, role_grants: 3, group_memberships: 2 };

/** Throws where a contender did not do all of its work: a fast one might. */
export async function checkDirectory(databaseUrl: string, users: number): Promise<DirectoryDigest> {
  const digest = await readDigest(databaseUrl);
  for (const view of VIEWS) {
    const [seen, expected] = [digest.rows[view], users * ROWS_PER_USER[view]];
    if (seen !== expected) throw new Error(`directory.${view} has ${seen} rows, expected ${expected}`);
  }
  return digest;
}

async function readDigest(databaseUrl: string): Promise<DirectoryDigest> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('ANALYZE');
    const rows: Record<View, number> = { users: 0, role_grants: 0, group_memberships: 0 };
    const sums: string[] = [];
    for (const view of VIEWS) {
      // Without the columns that tell when it was looked at.
      const result = await client.query<{ rows: number; sum: string }>(
        `SELECT count(*)::int AS rows,
                sum(hashtextextended((to_jsonb(v) - '{first_seen_at,confirmed_at,valid_from}'::text[])::text, 0))::text AS sum
           FROM directory.${view} v`,
      );
      rows[view] = result.rows[0]?.rows ?? 0;
      sums.push(result.rows[0]?.sum ?? '');
    }
    return { rows, content: sums.join(' ') };
  } finally {
    await client.end();
  }
}

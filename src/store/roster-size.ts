import { inTransaction, type Database } from './database.ts';
import type { RosterChunk } from './open-run.ts';

/** How much a run of a roster would ask. */
export interface RosterSize {
  /** Distinct, by kind: org user ids are asked one per call. */
  readonly emails: number;
  readonly orgUserIds: number;
  /** Current users who are not on it, and are asked about as well. */
  readonly unrosteredEmails: number;
  readonly unrosteredOrgUserIds: number;
}

/**
 * Counts a roster as `openRun` would, and keeps nothing of it. In a temporary table: memory does not grow with
 * the roster (I11).
 */
export async function countRoster(
  { pool }: Database,
  roster: AsyncIterable<Pick<RosterChunk, 'entries'>>,
): Promise<RosterSize> {
  return inTransaction(
    pool,
    async (connection) => {
      await connection.query(
        'CREATE TEMP TABLE checked_lines (entry text NOT NULL, kind entry_kind NOT NULL) ON COMMIT DROP',
      );
      for await (const { entries } of roster) {
        if (entries.length === 0) continue;
        await connection.query(
          'INSERT INTO checked_lines SELECT * FROM unnest($1::text[], $2::entry_kind[])',
          [entries.map(({ entry }) => entry), entries.map(({ kind }) => kind)],
        );
      }
      const { rows } = await connection.query<RosterSize>(COUNT);
      return rows[0] ?? { emails: 0, orgUserIds: 0, unrosteredEmails: 0, unrosteredOrgUserIds: 0 };
    },
    'ROLLBACK',
  );
}

const COUNT = `
  WITH roster AS (
    SELECT entry, min(kind) AS kind FROM checked_lines GROUP BY entry
  ), unrostered AS (
    SELECT a.entry_kind AS kind
      FROM addresses a JOIN users u ON u.id = a.person_id
     WHERE u.removed_at IS NULL AND NOT EXISTS (SELECT FROM roster r WHERE r.entry = a.entry)
  )
  SELECT (SELECT count(*) FROM roster WHERE kind = 'email')::int AS emails,
         (SELECT count(*) FROM roster WHERE kind = 'org_user_id')::int AS "orgUserIds",
         (SELECT count(*) FROM unrostered WHERE kind = 'email')::int AS "unrosteredEmails",
         (SELECT count(*) FROM unrostered WHERE kind = 'org_user_id')::int AS "unrosteredOrgUserIds"`;

import type { Queryable } from '../../src/store/database.ts';

/** What was read of tables, those the session made for itself included. */
export interface Reads {
  /** By index or from one end to the other. */
  readonly rows: number;
  /** From one end to the other. */
  readonly scans: number;
  /** Of an index. */
  readonly searches: number;
}

/**
 * What `work` reads through `connection`, which is inside a transaction: of all tables, or of one. Its counters go on from what the
 * connection did before and has not reported yet.
 */
export async function countReads(
  connection: Queryable,
  work: () => Promise<unknown>,
  table: string | null = null,
): Promise<Reads> {
  const before = await readCounters(connection, table);
  await work();
  const after = await readCounters(connection, table);
  return {
    rows: after.rows - before.rows,
    scans: after.scans - before.scans,
    searches: after.searches - before.searches,
  };
}

async function readCounters(connection: Queryable, table: string | null): Promise<Reads> {
  const { rows } = await connection.query<Reads>(
    `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int AS rows,
            coalesce(sum(seq_scan), 0)::int AS scans, coalesce(sum(idx_scan), 0)::int AS searches
       FROM pg_stat_xact_user_tables WHERE relname = coalesce($1, relname)`,
    [table],
  );
  const [counters] = rows;
  if (counters === undefined) throw new Error('an aggregate returned no row');
  return counters;
}

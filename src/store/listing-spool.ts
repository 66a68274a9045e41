import type pg from 'pg';
import type { EntryKind } from '../core/answer.ts';
import type { RosterLine } from '../core/roster-entry.ts';
import type { Database } from './database.ts';
import type { RejectedEntry, RosterChunk, RosterEntry } from './open-run.ts';

/** One user of a listing: what tells them from all others, and their line of the roster. */
export interface SpooledUser {
  readonly key: string;
  readonly line: RosterLine;
}

export interface ListingSpool {
  /** Says how many of the users were not there yet. */
  add(users: readonly SpooledUser[]): Promise<number>;
  clear(): Promise<void>;
  read(): AsyncIterable<RosterChunk>;
  close(): Promise<void>;
}

/** Any constant will do; whoever lists the account holds it. */
const LISTING_LOCK = 7_203_443;

/** Lines read at a time (I11). */
const CHUNK = 5_000;

/**
 * Keeps a listing until it is whole; `undefined` while another process lists the account.
 *
 * To list a large account takes an hour of its limits. That hour must not be one of the transaction that opens
 * the run, so the listing waits outside of it: in a temporary table of a session of its own, which keeps people's
 * addresses out of the file system and memory out of it (I11), and knows everybody already listed. Closing ends
 * the session and with it the table, as a crash does.
 */
export async function openListingSpool({ pool }: Database): Promise<ListingSpool | undefined> {
  const connection = await pool.connect();
  try {
    if (await lockListing(connection)) {
      await connection.query(
        `CREATE TEMP TABLE listed_users (line int PRIMARY KEY, key text NOT NULL UNIQUE,
                                         entry text, kind entry_kind, reason text, text text)`,
      );
      return createSpool(connection);
    }
  } catch (error) {
    connection.release(true);
    throw error;
  }
  connection.release();
  return undefined;
}

async function lockListing(connection: pg.PoolClient): Promise<boolean> {
  const { rows } = await connection.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    LISTING_LOCK,
  ]);
  return rows[0]?.locked === true;
}

function createSpool(connection: pg.PoolClient): ListingSpool {
  // A session that breaks between two statements says so at the next one.
  connection.on('error', () => undefined);
  return {
    async add(users) {
      const { rowCount } = await connection.query(
        `INSERT INTO listed_users
         SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::entry_kind[], $5::text[], $6::text[])
         ON CONFLICT (key) DO NOTHING`,
        toColumns(users),
      );
      return rowCount ?? 0;
    },
    async clear() {
      await connection.query('TRUNCATE listed_users');
    },
    async *read() {
      let afterLine = 0;
      for (;;) {
        const { rows } = await connection.query<SpooledRow>(
          'SELECT line, entry, kind, reason, text FROM listed_users WHERE line > $1 ORDER BY line LIMIT $2',
          [afterLine, CHUNK],
        );
        const last = rows.at(-1);
        if (last === undefined) return;
        yield toChunk(rows);
        afterLine = last.line;
      }
    },
    async close() {
      // Whoever waits for the lock need not wait until the server has noticed the end of the session.
      await connection.query('SELECT pg_advisory_unlock($1)', [LISTING_LOCK]).catch(() => undefined);
      connection.release(true);
    },
  };
}

type SpooledRow = { readonly line: number } & (
  | { readonly entry: string; readonly kind: EntryKind }
  | { readonly entry: null; readonly reason: string; readonly text: string }
);

function toColumns(users: readonly SpooledUser[]): unknown[] {
  const lines = users.map(({ line }) => line);
  return [
    lines.map(({ line }) => line),
    users.map(({ key }) => key),
    lines.map((line) => (line.ok ? line.entry : null)),
    lines.map((line) => (line.ok ? line.kind : null)),
    lines.map((line) => (line.ok ? null : line.reason)),
    lines.map((line) => (line.ok ? null : line.text)),
  ];
}

function toChunk(rows: readonly SpooledRow[]): RosterChunk {
  const entries: RosterEntry[] = [];
  const rejected: RejectedEntry[] = [];
  for (const row of rows) {
    if (row.entry === null) rejected.push(row);
    else entries.push(row);
  }
  return { entries, rejected };
}

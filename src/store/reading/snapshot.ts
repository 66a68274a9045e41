import pg from 'pg';
import { SyncError } from '../../core/errors.ts';
import type { Database } from '../database.ts';

/** Rows as JSON, so that instants keep their microseconds: a millisecond too early is the night before. */
export interface Snapshot {
  load<Row>(select: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Holds `ROWS_AT_A_TIME` rows at most, however many there are. One stream at a time. */
  stream<Row>(select: string, values?: readonly unknown[]): AsyncGenerator<Row>;
}

export const ROWS_AT_A_TIME = 500;

/**
 * What schema `directory` says at one instant: a night published meanwhile is not seen (I2).
 *
 * Reads only, with the rights of an analyst. Throws `DATABASE_BEHIND` where the schema is missing or older than
 * this program, `DATABASE_DENIED` where the role may not read it.
 */
export async function readSnapshot<T>(
  { pool }: Database,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  try {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // Whoever reads in a pager may take their time, and holds nobody up.
    await connection.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    // A cursor is read to its end: plans that are only quick to begin would be slow to finish.
    await connection.query('SET LOCAL cursor_tuple_fraction = 1');
    return await work(openSnapshot(connection));
  } catch (error) {
    throw explain(error);
  } finally {
    await connection.query('ROLLBACK').catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error('rollback failed');
    });
    connection.release(broken);
  }
}

interface JsonRow<Row> {
  readonly row: Row;
}

function openSnapshot(connection: pg.PoolClient): Snapshot {
  return {
    async load<Row>(select: string, values: readonly unknown[] = []) {
      const { rows } = await connection.query<JsonRow<Row>>(asJson(select), [...values]);
      return rows.map(({ row }) => row);
    },
    async *stream<Row>(select: string, values: readonly unknown[] = []) {
      await connection.query(`DECLARE reading NO SCROLL CURSOR FOR ${asJson(select)}`, [...values]);
      try {
        for (;;) {
          const { rows } = await connection.query<JsonRow<Row>>(
            `FETCH FORWARD ${ROWS_AT_A_TIME} FROM reading`,
          );
          for (const { row } of rows) yield row;
          if (rows.length < ROWS_AT_A_TIME) return;
        }
      } finally {
        // After a failed statement it is closed already, and closing it again would hide that failure.
        await connection.query('CLOSE reading').catch(() => undefined);
      }
    },
  };
}

function asJson(select: string): string {
  return `SELECT to_json(x) AS row FROM (${select}) x`;
}

const MISSING: ReadonlySet<string> = new Set(['3F000', '42P01', '42703', '42883']);
const DENIED = '42501';

function explain(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return error;
  if (MISSING.has(error.code)) {
    return new SyncError(
      'DATABASE_BEHIND',
      "The database has no schema `directory` that this version can read: it is new, or older than this program. 'kore-sync migrate', as the owner of the database, brings it up to date.",
      { cause: error },
    );
  }
  if (error.code === DENIED) {
    return new SyncError(
      'DATABASE_DENIED',
      "The role in DATABASE_URL may not read schema `directory`. Its owner lets it with 'kore-sync migrate --analyst-role NAME'.",
      { cause: error },
    );
  }
  return error;
}

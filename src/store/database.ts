import pg from 'pg';
import { SyncError } from '../core/errors.ts';
import type { PrismaClient } from './generated/client.ts';

/** Design: PostgreSQL 14 or newer. */
const MINIMUM_SERVER_VERSION = 140_000;
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * A process that freezes inside a transaction holds its locks, and everybody waits for them: the server ends such a
 * transaction. Between two statements of ours lie milliseconds.
 */
const FROZEN_AFTER_MS = 60_000;

export interface Database {
  /** For everything a night does: set-based SQL, and small statements beside it. */
  readonly pool: pg.Pool;
  /**
   * For what commands read; shares `pool`. No night asks through it: the first query of a process compiles it, which
   * takes 65 MiB and a third of a second (docs/benchmarks.md).
   */
  readonly prisma: () => Promise<PrismaClient>;
  close(): Promise<void>;
}

/** What `pool` and a connection inside a transaction have in common. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly size: number;
  /** An idle connection broke. The pool replaces it; this is for the log. */
  readonly onIdleError: (error: Error) => void;
}

/**
 * Connects and checks the server's version.
 *
 * Throws `DATABASE_UNREACHABLE` or `DATABASE_TOO_OLD`; neither message holds the password.
 */
export async function openDatabase({ url, size, onIdleError }: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: FROZEN_AFTER_MS,
    application_name: 'kore-sync',
    // Compiling a plan for the wide set-based statements costs more than it saves them.
    options: '-c jit=off -c TimeZone=UTC',
  });
  pool.on('error', onIdleError);
  try {
    await checkServer(pool, url);
  } catch (error) {
    await pool.end();
    throw error;
  }
  let prisma: Promise<PrismaClient> | undefined;
  return {
    pool,
    prisma: () => (prisma ??= loadPrisma(pool)),
    close: async () => {
      await (await prisma)?.$disconnect();
      await pool.end();
    },
  };
}

async function loadPrisma(pool: pg.Pool): Promise<PrismaClient> {
  const [{ PrismaPg }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-pg'),
    import('./generated/client.ts'),
  ]);
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

async function checkServer(pool: pg.Pool, url: string): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    version = rows[0]?.version ?? 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : 'unknown error';
    throw new SyncError(
      'DATABASE_UNREACHABLE',
      `Cannot reach the database at ${describeServer(url)}: ${reason}. Check DATABASE_URL and that the server accepts connections from here.`,
      { cause: error },
    );
  }
  if (version < MINIMUM_SERVER_VERSION) {
    throw new SyncError(
      'DATABASE_TOO_OLD',
      `The database at ${describeServer(url)} is PostgreSQL ${Math.floor(version / 10_000)}; 14 or newer is needed.`,
    );
  }
}

/** Host, port and database name of a connection string, without user or password. */
export function describeServer(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}

/**
 * Runs `work` in one transaction on one connection: ended by `end` when it resolves, rolled back when it
 * rejects.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (connection: pg.PoolClient) => Promise<T>,
  end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  // Between two statements nobody else listens: a server that goes away then would end the process.
  const onError = (error: Error): void => {
    broken = error;
  };
  connection.on('error', onError);
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query(end);
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error('rollback failed');
    });
    throw error;
  } finally {
    connection.off('error', onError);
    connection.release(broken);
  }
}

/**
 * Sets the server up for statements about everybody, until the transaction ends.
 *
 * A sort or a join is given memory: with what a server has by default (4 MB) those of a million rows go through files. A
 * larger setting stays. Parallel processes share no hash table: it would lie in /dev/shm, of which a container has 64 MB
 * unless it is told otherwise, and where that is full the statement fails, again and again. Each builds its own instead.
 */
export async function prepareForEverybody(connection: Queryable): Promise<void> {
  await connection.query('SET LOCAL enable_parallel_hash = off');
  await connection.query(
    `SELECT set_config('work_mem', '64MB', true) FROM pg_settings WHERE name = 'work_mem' AND setting::int < 64 * 1024`,
  );
}

/** Classes of SQLSTATE after which the same statement may succeed: connection, rollback, resources, intervention. */
const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57']);

/** `idle_in_transaction_session_timeout`: the process stood still, and the server did not wait for it. */
const FROZEN_TRANSACTION = '25P03';

/** Mistakes of ours: the same input makes them again. */
const PROGRAMMING_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * Whether trying again may help. What PostgreSQL refuses for its content it will refuse again, and a mistake
 * of ours repeats itself; everything else, a broken connection above all, is worth another try.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof SyncError || PROGRAMMING_ERRORS.some((kind) => error instanceof kind)) return false;
  if (!(error instanceof pg.DatabaseError)) return true;
  if (error.code === undefined || error.code === FROZEN_TRANSACTION) return true;
  return TRANSIENT_CLASSES.has(error.code.slice(0, 2));
}

/**
 * What PostgreSQL refused, without the values it refused: its own message may quote a row, and with it a
 * person (I8). Null for any other error.
 */
export function describeFailedStatement(error: unknown): string | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  const place = [error.table, error.constraint].filter((name) => name !== undefined).join(', ');
  return `PostgreSQL refused a statement (SQLSTATE ${error.code ?? 'unknown'}${place === '' ? '' : `, ${place}`})`;
}

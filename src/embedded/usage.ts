import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { SyncError } from '../core/errors.ts';
import { DATABASE_NAME, DATABASE_USER, type Cluster } from './cluster.ts';
import { findPostmaster } from './postmaster.ts';
import { readLogTail, startServer, stopServer, type ServerSettings, type StartedServer } from './server.ts';

/** The advisory lock in database `postgres` that every user of the server shares: 'kore' in ASCII. */
const USAGE_LOCK = 0x6b6f7265;

/** Long on purpose: after a power cut the server first replays up to two gigabytes of its log. */
const ATTACH_TIMEOUT_MS = 180_000;
const LOCK_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
/** With growing waits between them, about three seconds: backends of a killed server hold its memory for a while. */
const MAX_FAILED_STARTS = 5;
const FIRST_RETRY_MS = 200;

/**
 * A share in the running server, whose database exists. An open connection holds it: a process that dies gives
 * it back by dying.
 */
export interface Usage {
  connection: Client;
  port: number;
  startedHere: boolean;
}

/**
 * Takes a share in the cluster's server, and starts it where it does not run.
 *
 * Any number of processes may do so at once; one server comes of it. A server that is just being stopped is
 * waited for and started again.
 */
export async function takeUsage(
  cluster: Cluster,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<Usage> {
  const deadline = performance.now() + ATTACH_TIMEOUT_MS;
  let started: StartedServer | undefined;
  let failedStarts = 0;
  let lastError: unknown;
  while (performance.now() < deadline) {
    // What was started here is attached to first, or nobody would be left to stop it.
    if (started === undefined || started.hasExited()) signal.throwIfAborted();
    const postmaster = await findPostmaster(cluster.dir);
    if (postmaster.state === 'ready') {
      // A server that ran and was stopped by somebody else, before we had a share in it, did not fail.
      failedStarts = 0;
      try {
        const connection = await connect(cluster, postmaster.port);
        return { connection, port: postmaster.port, startedHere: postmaster.pid === started?.pid };
      } catch (error) {
        lastError = checkRetryable(cluster, error);
      }
    } else if (postmaster.state === 'absent' || postmaster.state === 'stale') {
      if (started?.hasExited() === true) {
        failedStarts += 1;
        if (failedStarts >= MAX_FAILED_STARTS) break;
        await delay(FIRST_RETRY_MS * 2 ** (failedStarts - 1));
      }
      if (started === undefined || started.hasExited()) {
        const stalePid = postmaster.state === 'stale' ? postmaster.pid : undefined;
        started = await startServer(cluster, { settings, stalePid, keepPort: failedStarts === 0 });
      }
    }
    await delay(POLL_MS);
  }
  throw await describeFailure(cluster, lastError);
}

/**
 * Gives a share back. Whoever finds that nobody else holds one stops the server, while keeping new users
 * out; who arrives in the meantime loses their connection with the server and starts it again.
 *
 * Never throws: a lost connection has given the share back already. Returns what to tell a person, if anything.
 */
export async function giveUsageBack(cluster: Cluster, { connection }: Usage): Promise<string | undefined> {
  try {
    await connection.query('SELECT pg_advisory_unlock_shared($1)', [USAGE_LOCK]);
    const { rows } = await connection.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [
      USAGE_LOCK,
    ]);
    if (rows[0]?.last !== true) return undefined;
    const problem = await stopServer(cluster);
    if (problem === undefined) return undefined;
    return `The PostgreSQL server in ${cluster.dir} has been told to stop and takes its time: ${problem}`;
  } catch {
    return undefined;
  } finally {
    await endConnection(connection);
  }
}

async function connect({ password }: Cluster, port: number): Promise<Client> {
  const connection = new Client({
    host: '127.0.0.1',
    port,
    user: DATABASE_USER,
    password,
    database: 'postgres',
    ssl: false,
    application_name: 'kore-sync: in use',
    connectionTimeoutMillis: LOCK_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // Without a listener a server that goes away would end this process. What follows from it is 'end'.
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    await connection.query('SELECT pg_advisory_lock_shared($1)', [USAGE_LOCK]);
    await createDatabase(connection);
    return connection;
  } catch (error) {
    await endConnection(connection);
    throw error;
  }
}

async function createDatabase(connection: Client): Promise<void> {
  const { rowCount } = await connection.query('SELECT 1 FROM pg_database WHERE datname = $1', [
    DATABASE_NAME,
  ]);
  if (rowCount !== 0) return;
  try {
    await connection.query(`CREATE DATABASE ${DATABASE_NAME}`);
  } catch (error) {
    // Another process has just created it: seen either by name, or by the unique index on names.
    if (!isDatabaseError(error, '42P04', '23505')) throw error;
  }
}

async function endConnection(connection: Client): Promise<void> {
  await connection.end().catch(() => undefined);
}

/** A server that starts, stops or is full is tried again; one that does not accept our password never will. */
function checkRetryable({ dataDir }: Cluster, error: unknown): unknown {
  if (!isDatabaseError(error, '28P01', '28000')) return error;
  throw new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The embedded PostgreSQL does not accept the password in ${dataDir}/postgresql.password: the file and the ` +
      `database in ${dataDir}/postgresql do not belong together. Restore the file that does, or set DATA_DIR to a ` +
      `new folder to begin with an empty database.`,
    { cause: error },
  );
}

async function describeFailure(cluster: Cluster, cause: unknown): Promise<SyncError> {
  const seen = cause instanceof Error ? ` The last attempt to connect ended with: ${cause.message}.` : '';
  return new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `The embedded PostgreSQL in ${cluster.dir} could not be started.${seen} The last lines of ${cluster.logFile}:\n` +
      `${await readLogTail(cluster, 8)}\n` +
      `Free the cause and start again (after a power cut, recovery may just need longer), or set DATABASE_URL to a ` +
      `server of your own.`,
    { cause },
  );
}

function isDatabaseError(error: unknown, ...codes: string[]): boolean {
  return error instanceof DatabaseError && codes.includes(error.code ?? '');
}

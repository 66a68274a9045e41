import type pg from 'pg';
import type { EntryKind } from '../core/answer.ts';
import { SyncError } from '../core/errors.ts';
import { inTransaction, type Database, type Queryable } from './database.ts';

export interface RosterEntry {
  readonly line: number;
  /** Normalised: two spellings of one address are one entry. */
  readonly entry: string;
  readonly kind: EntryKind;
}

export interface RejectedEntry {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

export interface RosterChunk {
  readonly entries: readonly RosterEntry[];
  readonly rejected: readonly RejectedEntry[];
}

export type RunTrigger = 'schedule' | 'catch-up' | 'manual';

export interface NewRun {
  readonly key: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  readonly account: { readonly host: string; readonly clientId: string };
  readonly batchSize: number;
  /** Read once, in order, in chunks; nothing of it is kept in memory. */
  readonly roster: AsyncIterable<RosterChunk>;
  /** For messages: where the roster comes from. */
  readonly rosterName: string;
}

export interface OpenedRun {
  readonly runId: string;
  readonly dryRun: boolean;
  /** False where another process had opened it, or the key has been used. */
  readonly openedHere: boolean;
}

/**
 * Takes the open-run slot and stores the roster, cut into batches, in one transaction: a process that dies
 * halfway leaves nothing behind (I5, I6).
 *
 * Openers queue up on the account's row, so of any number that start together one opens and the others
 * join. Nothing is written when the roster has no valid entry.
 */
export async function openRun(database: Database, run: NewRun): Promise<OpenedRun> {
  return inTransaction(database.pool, async (connection) => {
    if (!(await checkAccount(connection, run.account))) await pinAccount(connection, run.account);
    const joined = await findRunToJoin(connection, run.key);
    if (joined !== undefined) return joined;
    const runId = await insertRun(connection, run);
    await loadRoster(connection, runId, run);
    await cutBatches(connection, runId, run.batchSize);
    await recordRosterMoves(connection, runId);
    return { runId, dryRun: run.dryRun, openedHere: true };
  });
}

/**
 * What `openRun` would find before it reads the roster: the run to join, if any. Writes nothing.
 *
 * @throws ACCOUNT_MISMATCH where the database belongs to another account.
 */
export async function findRunBefore(
  { pool }: Database,
  { account, key }: Pick<NewRun, 'account' | 'key'>,
): Promise<OpenedRun | undefined> {
  await checkAccount(pool, account);
  return findRunToJoin(pool, key);
}

/**
 * I13: once a run has been published, no other account may be asked. Before that nothing is known yet, and
 * a wrong host or client id can be corrected. Says whether it is this account that is pinned.
 */
async function checkAccount(connection: Queryable, account: NewRun['account']): Promise<boolean> {
  const { rows } = await connection.query<{
    host: string | null;
    client_id: string | null;
    binding: boolean;
  }>(
    `SELECT host, client_id, EXISTS (SELECT FROM runs WHERE status = 'published') AS binding
       FROM account FOR UPDATE`,
  );
  const pinned = rows[0];
  const isSame = pinned?.host === account.host && pinned.client_id === account.clientId;
  if (isSame) return true;
  if (pinned?.binding === true) {
    throw new SyncError(
      'ACCOUNT_MISMATCH',
      `This database belongs to the account at ${pinned.host ?? 'another host'} with client id ${pinned.client_id ?? 'unknown'}, but KORE_HOST is ${account.host} and KORE_CLIENT_ID is ${account.clientId}. Nothing was asked. Use a database of its own for each account.`,
    );
  }
  return false;
}

/** A run opened for another account before the first publication ends: its answers are of no use to this one. */
async function pinAccount(connection: pg.PoolClient, account: NewRun['account']): Promise<void> {
  await connection.query('UPDATE account SET host = $1, client_id = $2, pinned_at = clock_timestamp()', [
    account.host,
    account.clientId,
  ]);
  await connection.query(
    `UPDATE runs SET status = 'failed', error_code = 'ACCOUNT_MISMATCH', closed_at = clock_timestamp(),
                     error = 'KORE_HOST or KORE_CLIENT_ID was changed before the first night was published'
      WHERE status IN ('open', 'held')`,
  );
}

async function findRunToJoin(connection: Queryable, key: string): Promise<OpenedRun | undefined> {
  const { rows } = await connection.query<{ id: string; dry_run: boolean }>(
    `SELECT id, dry_run FROM runs WHERE status = 'open' OR key = $1 ORDER BY (status = 'open') DESC LIMIT 1`,
    [key],
  );
  const found = rows[0];
  return found === undefined ? undefined : { runId: found.id, dryRun: found.dry_run, openedHere: false };
}

async function insertRun(connection: pg.PoolClient, run: NewRun): Promise<string> {
  const { rows } = await connection.query<{ id: string }>(
    `INSERT INTO runs (key, trigger, dry_run, base_id)
     VALUES ($1, $2::run_trigger, $3, (SELECT id FROM runs WHERE status = 'published' ORDER BY as_of DESC LIMIT 1))
     RETURNING id`,
    [run.key, run.trigger, run.dryRun],
  );
  const inserted = rows[0];
  if (inserted === undefined) throw new SyncError('INTERNAL', 'INSERT INTO runs returned no row');
  return inserted.id;
}

async function loadRoster(connection: pg.PoolClient, runId: string, run: NewRun): Promise<void> {
  await connection.query(
    'CREATE TEMP TABLE roster_lines (entry text NOT NULL, kind entry_kind NOT NULL) ON COMMIT DROP',
  );
  let valid = 0;
  let rejectedCount = 0;
  let firstRejected: RejectedEntry | undefined;
  for await (const { entries, rejected } of run.roster) {
    valid += entries.length;
    rejectedCount += rejected.length;
    firstRejected ??= rejected[0];
    if (entries.length > 0) await insertEntries(connection, entries);
    if (rejected.length > 0) await insertRejected(connection, runId, rejected);
  }
  if (valid === 0) {
    const seen =
      firstRejected === undefined
        ? 'it is empty'
        : `${rejectedCount} rejected, the first in line ${firstRejected.line}: ${firstRejected.reason}`;
    throw new SyncError(
      'ROSTER_EMPTY',
      `The roster ${run.rosterName} has no valid entry: ${seen}. Nothing was written, nobody is removed.`,
    );
  }
  await connection.query('ANALYZE roster_lines');
  await connection.query(
    `CREATE TEMP TABLE roster ON COMMIT DROP AS SELECT entry, min(kind) AS kind FROM roster_lines GROUP BY entry`,
  );
  await connection.query('ANALYZE roster');
  await connection.query(
    `UPDATE runs SET entries = (SELECT count(*) FROM roster), rejected = $2,
                     duplicates = $3 - (SELECT count(*) FROM roster) WHERE id = $1`,
    [runId, rejectedCount, valid],
  );
}

async function insertEntries(connection: pg.PoolClient, entries: readonly RosterEntry[]): Promise<void> {
  await connection.query('INSERT INTO roster_lines SELECT * FROM unnest($1::text[], $2::entry_kind[])', [
    entries.map(({ entry }) => entry),
    entries.map(({ kind }) => kind),
  ]);
}

async function insertRejected(
  connection: pg.PoolClient,
  runId: string,
  rejected: readonly RejectedEntry[],
): Promise<void> {
  await connection.query(
    `INSERT INTO rejected_entries (run_id, line, reason, text)
     SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [
      runId,
      rejected.map(({ line }) => line),
      rejected.map(({ reason }) => reason),
      rejected.map(({ text }) => text),
    ],
  );
}

/**
 * The roster first, then current users who left it: somebody who left the company and still holds an admin
 * role is what an auditor looks for. Org user ids are asked one per call, since no reply echoes them.
 */
async function cutBatches(connection: pg.PoolClient, runId: string, batchSize: number): Promise<void> {
  await connection.query(
    `CREATE TEMP TABLE cut ON COMMIT DROP AS
     WITH asked AS (
       SELECT entry, kind, true AS rostered FROM roster
       UNION ALL
       SELECT a.entry, a.entry_kind, false
         FROM addresses a JOIN users u ON u.id = a.person_id
        WHERE u.removed_at IS NULL AND NOT EXISTS (SELECT FROM roster r WHERE r.entry = a.entry)
     ), numbered AS (
       SELECT *, (row_number() OVER (PARTITION BY rostered, kind ORDER BY entry COLLATE "C") - 1)
                 / CASE kind WHEN 'org_user_id' THEN 1 ELSE $1::int END AS slice
         FROM asked
     )
     SELECT row_number() OVER (ORDER BY rostered DESC, kind, slice)::int AS no, kind, rostered,
            array_agg(entry ORDER BY entry COLLATE "C") AS entries
       FROM numbered GROUP BY rostered, kind, slice`,
    [batchSize],
  );
  await connection.query(
    `INSERT INTO batches (run_id, no, entry_kind, rostered, size)
     SELECT $1, no, kind, rostered, cardinality(entries) FROM cut ORDER BY no`,
    [runId],
  );
  await connection.query(
    'INSERT INTO batch_entries (run_id, no, entries) SELECT $1, no, entries FROM cut ORDER BY no',
    [runId],
  );
  await connection.query('ANALYZE batches');
}

/** Publish moves `addresses.in_roster`; only what differs from the night before is written down here. */
async function recordRosterMoves(connection: pg.PoolClient, runId: string): Promise<void> {
  await connection.query(
    `INSERT INTO roster_moves (run_id, entry, in_roster)
     SELECT $1, a.entry, r.entry IS NOT NULL
       FROM addresses a LEFT JOIN roster r ON r.entry = a.entry
      WHERE a.in_roster <> (r.entry IS NOT NULL)`,
    [runId],
  );
}

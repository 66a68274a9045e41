import type pg from 'pg';
import type { AlertRules } from '../core/alert-rule.ts';
import type { EntryKind } from '../core/answer.ts';
import type { Canary } from '../core/canary.ts';
import { SyncError } from '../core/errors.ts';
import type { RunTrigger } from '../core/run-trigger.ts';
import { saveCanaries } from './canaries.ts';
import { cutBatches, prepareAsked } from './cut-batches.ts';
import { inTransaction, prepareForEverybody, type Database, type Queryable } from './database.ts';
import { LATEST_PUBLISHED } from './latest-run.ts';
import { reopenRun } from './reopen-run.ts';

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

export interface NewRun {
  readonly key: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  /** How often the run under this key has been opened before: a failed one is opened again. */
  readonly openings: number;
  /** As they are now: a later edit judges this night no other way. */
  readonly alertRules: AlertRules;
  readonly account: { readonly host: string; readonly clientId: string };
  readonly batchSize: number;
  /** Read once, in order, in chunks; nothing of it is kept in memory. */
  readonly roster: AsyncIterable<RosterChunk>;
  /** Entries that must come back with the roles they name, on the roster or not; asked for once, as the roster is. */
  readonly readCanaries: () => Promise<readonly Canary[]>;
  /** For messages: where the roster comes from. */
  readonly rosterName: string;
}

export interface OpenedRun {
  readonly runId: string;
  readonly dryRun: boolean;
  /** A retry asks about a few; a night that finds one open has not been run yet. */
  readonly isRetry: boolean;
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
    // Whoever feeds standard input may take their time.
    await connection.query(`SET LOCAL idle_in_transaction_session_timeout = '15min'`);
    if (!(await checkAccount(connection, run.account))) await pinAccount(connection, run.account);
    const joined = await findRunToJoin(connection, run);
    if (joined !== undefined) return joined;
    await prepareForEverybody(connection);
    const runId = (await reopenRun(connection, run)) ?? (await insertRun(connection, run));
    await prepareAsked(connection);
    await loadRoster(connection, runId, run);
    await recordRosterMoves(connection, runId);
    await saveCanaries(connection, runId, await run.readCanaries());
    await connection.query(ASK_BESIDE_ROSTER, [runId]);
    await cutBatches(connection, runId, run.batchSize);
    return { runId, dryRun: run.dryRun, isRetry: false, openedHere: true };
  });
}

/**
 * What `openRun` would find before it reads the roster: the run to join, if any. Writes nothing.
 *
 * @throws ACCOUNT_MISMATCH where the database belongs to another account.
 */
export async function findRunBefore(
  { pool }: Database,
  run: Pick<NewRun, 'account' | 'key' | 'openings'>,
): Promise<OpenedRun | undefined> {
  await checkAccount(pool, run.account);
  return findRunToJoin(pool, run);
}

/**
 * I13: once a run has been published, no other account may be asked. Before that nothing is known yet, and
 * a wrong host or client id can be corrected. Says whether it is this account that is pinned.
 */
export async function checkAccount(connection: Queryable, account: NewRun['account']): Promise<boolean> {
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
      `This database belongs to the account at ${pinned.host ?? 'another host'} with client id ${pinned.client_id ?? 'unknown'}, but KORE_HOST is ${account.host} and KORE_CLIENT_ID is ${account.clientId}. Nothing was asked. Another account needs a database of its own. Where this is the same account under a new name, say so in this one first: ${describeMove(account)}`,
    );
  }
  return false;
}

/** What somebody runs who knows that it is the same account: the people behind the user ids must be the same. */
function describeMove({ host, clientId }: NewRun['account']): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return `UPDATE account SET host = ${quote(host)}, client_id = ${quote(clientId)};`;
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

/** A run that failed as often as it was opened is not joined but opened again. */
async function findRunToJoin(
  connection: Queryable,
  { key, openings }: Pick<NewRun, 'key' | 'openings'>,
): Promise<OpenedRun | undefined> {
  const { rows } = await connection.query<{ id: string; dry_run: boolean; is_retry: boolean }>(
    `SELECT id, dry_run, scope = 'retry' AS is_retry FROM runs
      WHERE status = 'open' OR key = $1 AND NOT (status = 'failed' AND openings = $2)
      ORDER BY (status = 'open') DESC LIMIT 1`,
    [key, openings],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  return { runId: found.id, dryRun: found.dry_run, isRetry: found.is_retry, openedHere: false };
}

async function insertRun(connection: pg.PoolClient, run: NewRun): Promise<string> {
  const { rows } = await connection.query<{ id: string }>(
    `INSERT INTO runs (key, trigger, dry_run, alert_rules, base_id)
     VALUES ($1, $2::run_trigger, $3, $4::jsonb,
             (${LATEST_PUBLISHED}))
     RETURNING id`,
    [run.key, run.trigger, run.dryRun, JSON.stringify(run.alertRules)],
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
  for await (const { entries, rejected } of readAhead(run.roster)) {
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
  const { rowCount } = await connection.query(
    `INSERT INTO asked (entry, kind, rostered) SELECT entry, min(kind), true FROM roster_lines GROUP BY entry`,
  );
  const distinct = rowCount ?? 0;
  await connection.query('ANALYZE asked');
  await connection.query('UPDATE runs SET entries = $2, rejected = $3, duplicates = $4 WHERE id = $1', [
    runId,
    distinct,
    rejectedCount,
    valid - distinct,
  ]);
}

/** Reads the next chunk while the last one is being stored. */
async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const chunks = source[Symbol.asyncIterator]();
  let next = chunks.next();
  try {
    for (let chunk = await next; chunk.done !== true; chunk = await next) {
      next = chunks.next();
      // What goes wrong meanwhile is told when it is its turn.
      next.catch(() => undefined);
      yield chunk.value;
    }
  } finally {
    // Where storing failed, the chunk under way is nobody's any more, and may be long in coming: nobody waits for it.
    void Promise.allSettled([chunks.return?.()]);
  }
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

const isOffRoster = (entry: string): string => `NOT EXISTS (SELECT FROM asked r WHERE r.entry = ${entry})`;

/**
 * Whom a night asks about beside the roster, which is what `asked` holds so far: current users who left it, because
 * somebody who left the company and still holds an admin role is what an auditor looks for, and canaries. Made distinct when
 * the roster has been taken away: that leaves few of a million.
 */
const ASK_BESIDE_ROSTER = `
  INSERT INTO asked (entry, kind, rostered)
  SELECT entry, kind, false
    FROM (SELECT a.entry, a.entry_kind AS kind
            FROM addresses a JOIN users u ON u.id = a.person_id
           WHERE u.removed_at IS NULL AND ${isOffRoster('a.entry')}
          UNION
          SELECT c.entry, c.entry_kind FROM canaries c WHERE c.run_id = $1 AND ${isOffRoster('c.entry')}) beside`;

/** While `asked` holds the roster alone. Publish moves `addresses.in_roster`; only what differs from the night before is written down. */
async function recordRosterMoves(connection: pg.PoolClient, runId: string): Promise<void> {
  await connection.query(
    `INSERT INTO roster_moves (run_id, entry, in_roster)
     SELECT $1, a.entry, r.entry IS NOT NULL
       FROM addresses a LEFT JOIN asked r ON r.entry = a.entry
      WHERE a.in_roster <> (r.entry IS NOT NULL)`,
    [runId],
  );
}

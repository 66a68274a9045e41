import type { EntryKind } from '../core/answer.ts';
import type { KnownEntry, Observation } from '../core/observation.ts';
import { BLOCKED_MS } from './budget.ts';
import { inTransaction, type Database } from './database.ts';

export interface PendingBatch {
  /** Whom the run asks, and for how long they have said that they refuse calls; 0 where they have not. */
  readonly account: {
    readonly host: string | null;
    readonly clientId: string | null;
    readonly blockedMs: number;
  };
  readonly entryKind: EntryKind;
  /** HTTP attempts made so far. */
  readonly attempts: number;
  /** Those that count against the batch itself, and not against the account. */
  readonly ownFailures: number;
  /** The kind of the latest of its failures; null where there was none. */
  readonly lastFailure: string | null;
  readonly entries: readonly KnownEntry[];
}

/** A batch that still has to be asked, with what is known of its entries; `undefined` when it is done or its run is not open. */
export async function loadPendingBatch(
  { pool }: Database,
  runId: string,
  no: number,
): Promise<PendingBatch | undefined> {
  const { rows } = await pool.query<PendingBatchRow>({
    name: 'load-pending-batch',
    text: LOAD_PENDING_BATCH,
    values: [runId, no],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    account: { host: row.host, clientId: row.client_id, blockedMs: row.blocked_ms },
    entryKind: row.entry_kind,
    attempts: row.attempts,
    ownFailures: row.own_failures,
    lastFailure: row.last_failure,
    entries: row.entries.map(toKnownEntry),
  };
}

/**
 * The entries as one JSON text: as fifty rows of as many columns they take several times as long to read. What is known of
 * them by arrays of keys: neighbours share pages, which an index (of PostgreSQL 17 or later) then goes through once, not
 * once per entry.
 */
const LOAD_PENDING_BATCH = `
  SELECT account.host, account.client_id, ${BLOCKED_MS} AS blocked_ms,
         b.entry_kind, b.attempts, b.own_failures, b.last_failure, known.entries
    FROM runs r
    CROSS JOIN account
    JOIN batches b ON b.run_id = r.id AND b.no = $2 AND b.status = 'pending'
    JOIN batch_entries be ON be.run_id = b.run_id AND be.no = b.no
    CROSS JOIN LATERAL (
      WITH a AS MATERIALIZED (
        SELECT entry, person_id FROM addresses WHERE entry = ANY (be.entries)
      )
      SELECT json_agg(json_build_array(
               e.entry, u.user_id, u.removed_at IS NULL AND u.id IS NOT NULL, u.email, encode(u.hash, 'hex'), l.last_login,
               shared.person_id IS NOT NULL
             ) ORDER BY e.position) AS entries
        FROM unnest(be.entries) WITH ORDINALITY AS e (entry, position)
        LEFT JOIN a ON a.entry = e.entry
        LEFT JOIN (
          SELECT * FROM users WHERE id = ANY (ARRAY(SELECT person_id FROM a))
        ) u ON u.id = a.person_id
        LEFT JOIN (
          SELECT * FROM last_logins WHERE person_id = ANY (ARRAY(SELECT person_id FROM a))
        ) l ON l.person_id = u.id
        LEFT JOIN (
          SELECT person_id FROM addresses WHERE person_id = ANY (ARRAY(SELECT person_id FROM a))
           GROUP BY person_id HAVING count(*) > 1
        ) shared ON shared.person_id = u.id
    ) known
   WHERE r.id = $1 AND r.status = 'open'`;

interface PendingBatchRow {
  host: string | null;
  client_id: string | null;
  blocked_ms: number;
  entry_kind: EntryKind;
  attempts: number;
  own_failures: number;
  last_failure: string | null;
  entries: KnownEntryJson[];
}

type KnownEntryJson = [
  entry: string,
  userId: string | null,
  current: boolean,
  email: string | null,
  hash: string | null,
  lastLogin: string | null,
  shared: boolean,
];

function toKnownEntry(json: KnownEntryJson): KnownEntry {
  const [entry, userId, current, email, hash, lastLogin, shared] = json;
  return {
    entry,
    userId,
    current,
    email,
    hash,
    lastLogin: lastLogin === null ? null : new Date(lastLogin).toISOString(),
    shared,
  };
}

/** I10: requested = found + absent + unanswered. A constraint holds it. */
export interface Receipt {
  readonly found: number;
  readonly absent: number;
  readonly unanswered: number;
  readonly ignored: number;
  readonly durationMs: number;
}

/**
 * Stores what a batch observed together with its receipt, in one statement. A call that was answered ends the
 * streak of those that were not: whatever failed before was not the account.
 *
 * I3: whoever answers a batch second changes nothing; the first answer stands. Returns whether this one did.
 */
export async function saveAnswers(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
  outcome: { readonly status: 'answered' | 'given_up'; readonly receipt: Receipt; readonly error?: string },
  observations: readonly Observation[],
): Promise<boolean> {
  const { receipt } = outcome;
  const found = observations.map((observation) => (observation.answer === 'found' ? observation : undefined));
  const { rows } = await pool.query<{ saved: boolean }>({
    name: 'save-answers',
    text: SAVE_ANSWERS,
    values: [
      batch.runId,
      batch.no,
      outcome.status,
      receipt.durationMs,
      receipt.found,
      receipt.absent,
      receipt.unanswered,
      receipt.ignored,
      outcome.error ?? null,
      observations.map(({ entry }) => entry),
      observations.map(({ answer }) => answer),
      found.map((observation) => observation?.userId ?? null),
      found.map((observation) => observation?.snapshot?.snapshot.email ?? null),
      found.map((observation) => observation?.snapshot?.hash ?? null),
      found.map((observation) => observation?.lastLogin ?? null),
      observations.map((observation) => (observation.answer === 'found' ? null : observation.reason)),
      // One text, not an array of texts, each of which would be escaped here and unescaped there: half the time.
      JSON.stringify(found.map((observation) => observation?.snapshot?.snapshot ?? null)),
    ],
  });
  return rows[0]?.saved ?? false;
}

/** The run's row before the batch's, as wherever both are locked; an ordinary answer locks the batch's alone. */
const SAVE_ANSWERS = `
  WITH streak AS (
    UPDATE runs SET failures = 0, failing_since = NULL, refused_since = NULL
     WHERE id = $1 AND $3::batch_status = 'answered' AND (failures > 0 OR refused_since IS NOT NULL)
    RETURNING id
  ), receipt AS (
    UPDATE batches
       SET status = $3::batch_status, attempts = attempts + 1, answered_at = clock_timestamp(), due_at = NULL,
           duration_ms = $4, found = $5, absent = $6, unanswered = $7, ignored = $8, last_error = $9
     WHERE run_id = $1 AND no = $2 AND status = 'pending' AND (SELECT count(*) FROM streak) >= 0
    RETURNING run_id
  ), stored AS (
    INSERT INTO observations (run_id, batch_no, entry, answer, user_id, email, hash, snapshot, last_login, reason)
    SELECT $1, $2, o.entry, o.answer, o.user_id, o.email, decode(o.hash, 'hex'), nullif(o.snapshot, 'null'), o.last_login, o.reason
      FROM receipt,
           ROWS FROM (unnest($10::text[], $11::answer_kind[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::text[]),
                      jsonb_array_elements($17::jsonb))
             AS o (entry, answer, user_id, email, hash, last_login, reason, snapshot)
  )
  SELECT EXISTS (SELECT FROM receipt) AS saved`;

/** Puts a batch back for later. Its attempts are counted, so that backoff survives a restart. */
export async function postponeBatch(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
  delayMs: number,
  failed: { readonly as: string; readonly seen: string; readonly isOwn: boolean },
): Promise<void> {
  await pool.query(
    `UPDATE batches SET attempts = attempts + 1, own_failures = own_failures + $6::int, last_failure = $4, last_error = $5,
                        due_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
      WHERE run_id = $1 AND no = $2 AND status = 'pending'`,
    [batch.runId, batch.no, delayMs, failed.as, failed.seen, failed.isOwn ? 1 : 0],
  );
}

/**
 * Replaces pending batches by smaller ones of at most `maxSize` entries, and returns the numbers of those:
 * just batch `no`, or every batch of the run that is larger. None when somebody else has answered or split
 * it.
 */
export async function splitBatches(
  { pool }: Database,
  runId: string,
  maxSize: number,
  only: { readonly no: number } | 'all',
): Promise<readonly number[]> {
  return inTransaction(pool, async (connection) => {
    // Numbers are given out under this lock: two batches may be split at the same time.
    await connection.query('SELECT FROM runs WHERE id = $1 FOR UPDATE', [runId]);
    const { rows } = await connection.query<{ no: number }>(SPLIT_BATCHES, [
      runId,
      maxSize,
      only === 'all' ? null : only.no,
    ]);
    return rows.map((row) => row.no);
  });
}

const SPLIT_BATCHES = `
  WITH parent AS (
    UPDATE batches SET status = 'split', attempts = attempts + 1
     WHERE run_id = $1 AND status = 'pending' AND size > $2 AND no = coalesce($3, no)
    RETURNING run_id, no, entry_kind, rostered, size
  ), pieces AS (
    SELECT p.run_id, p.entry_kind, p.rostered,
           (SELECT max(no) FROM batches WHERE run_id = $1) + row_number() OVER (ORDER BY p.no, first) AS no,
           be.entries[first : first + $2 - 1] AS entries
      FROM parent p
      JOIN batch_entries be ON be.run_id = p.run_id AND be.no = p.no
      CROSS JOIN LATERAL generate_series(1, p.size, $2) AS first
  ), stored AS (
    INSERT INTO batches (run_id, no, entry_kind, rostered, size)
    SELECT run_id, no, entry_kind, rostered, cardinality(entries) FROM pieces RETURNING run_id, no
  ), stored_entries AS (
    INSERT INTO batch_entries (run_id, no, entries) SELECT run_id, no, entries FROM pieces
  )
  SELECT no FROM stored ORDER BY no`;

/** Whether every batch of the run is in. Only meaningful after the caller's own batch has committed. */
export async function isFetched({ pool }: Database, runId: string): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'is-fetched',
    // From the end: batches are asked about in order, and before the first pending one lies everything that was.
    text: `SELECT FROM batches WHERE run_id = $1 AND status = 'pending' ORDER BY no DESC LIMIT 1`,
    values: [runId],
  });
  return rows.length === 0;
}

export interface DueBatch {
  readonly no: number;
  readonly attempts: number;
  readonly delayMs: number;
}

/** Pending batches of a run in order, `limit` at most, beginning after `afterNo`. */
export async function loadPendingBatches(
  { pool }: Database,
  runId: string,
  afterNo: number,
  limit: number,
): Promise<readonly DueBatch[]> {
  const { rows } = await pool.query<{ no: number; attempts: number; delay_ms: number }>(
    `SELECT no, attempts,
            greatest(0, ceil(extract(epoch FROM due_at - clock_timestamp()) * 1000))::float8 AS delay_ms
       FROM batches WHERE run_id = $1 AND status = 'pending' AND no > $2 ORDER BY no LIMIT $3`,
    [runId, afterNo, limit],
  );
  return rows.map((row) => ({ no: row.no, attempts: row.attempts, delayMs: row.delay_ms }));
}

export async function countPendingBatches({ pool }: Database, runId: string): Promise<number> {
  const { rows } = await pool.query<{ pending: number }>(
    `SELECT count(*)::int AS pending FROM batches WHERE run_id = $1 AND status = 'pending'`,
    [runId],
  );
  return rows[0]?.pending ?? 0;
}

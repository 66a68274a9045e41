import type { ErrorCode } from '../core/errors.ts';
import type { RunTrigger } from '../core/run-trigger.ts';
import { inTransaction, type Database } from './database.ts';
import type { RunStatus } from './generated/enums.ts';
import { saveEventOfRun, saveFailure } from './run-events.ts';

/** A run as the commands show it. */
export interface RunSummary {
  readonly runId: string;
  readonly key: string;
  readonly trigger: RunTrigger;
  readonly status: RunStatus;
  readonly dryRun: boolean;
  readonly baseline: boolean;
  readonly openedAt: Date;
  readonly planned: boolean;
  readonly planHash: string | null;
  readonly asOf: Date | null;
  readonly publishedAt: Date | null;
  readonly coverage: number | null;
  readonly roster: { readonly entries: number; readonly rejected: number; readonly duplicates: number };
  readonly answers: { readonly found: number; readonly absent: number; readonly unanswered: number };
  readonly changes: number;
  readonly changesByKind: Readonly<Record<string, number>>;
  readonly reasons: readonly string[];
  readonly drift: readonly string[];
  readonly error: string | null;
  /** The run whose unanswered entries a retry asked about. */
  readonly parentId: string | null;
  readonly decision: RunDecision | null;
}

/** A person's word on a held run. */
export interface RunDecision {
  readonly by: string;
  readonly at: Date;
  readonly reason: string | null;
}

/** The latest runs first, `limit` at most. */
export async function loadRuns({ pool }: Database, limit: number): Promise<readonly RunSummary[]> {
  const { rows } = await pool.query<RunRow>(`${SELECT_RUNS} ORDER BY r.id DESC LIMIT $1`, [limit]);
  return rows.map(toRunSummary);
}

export async function loadRun({ pool }: Database, runId: string): Promise<RunSummary | undefined> {
  const { rows } = await pool.query<RunRow>(`${SELECT_RUNS} WHERE r.id = $1`, [runId]);
  return rows.map(toRunSummary)[0];
}

const SELECT_RUNS = `
  SELECT id, key, trigger, status, dry_run, base_id IS NULL AS baseline, opened_at, planned_at IS NOT NULL AS planned,
         plan_hash, as_of, published_at, coverage::float8 AS coverage, entries, rejected, duplicates,
         found, absent, unanswered, changes, changes_by_kind, reasons, drift, error, parent_id,
         decided_by, decided_at, decision_reason
    FROM runs r`;

interface RunRow {
  id: string;
  key: string;
  trigger: RunTrigger;
  status: RunStatus;
  dry_run: boolean;
  baseline: boolean;
  opened_at: Date;
  planned: boolean;
  plan_hash: string | null;
  as_of: Date | null;
  published_at: Date | null;
  coverage: number | null;
  entries: number;
  rejected: number;
  duplicates: number;
  found: number;
  absent: number;
  unanswered: number;
  changes: number;
  changes_by_kind: Record<string, number>;
  reasons: string[];
  drift: string[];
  error: string | null;
  parent_id: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  decision_reason: string | null;
}

function toRunSummary(row: RunRow): RunSummary {
  return {
    runId: row.id,
    key: row.key,
    trigger: row.trigger,
    status: row.status,
    dryRun: row.dry_run,
    baseline: row.baseline,
    openedAt: row.opened_at,
    planned: row.planned,
    planHash: row.plan_hash,
    asOf: row.as_of,
    publishedAt: row.published_at,
    coverage: row.coverage,
    roster: { entries: row.entries, rejected: row.rejected, duplicates: row.duplicates },
    answers: { found: row.found, absent: row.absent, unanswered: row.unanswered },
    changes: row.changes,
    changesByKind: row.changes_by_kind,
    reasons: row.reasons,
    drift: row.drift,
    error: row.error,
    parentId: row.parent_id,
    decision:
      row.decided_by === null || row.decided_at === null
        ? null
        : { by: row.decided_by, at: row.decided_at, reason: row.decision_reason },
  };
}

/** The run in the open-run slot, if any (I5: at most one). */
export async function findOpenRun({ pool }: Database): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM runs WHERE status = 'open'`);
  return rows[0]?.id;
}

export interface Progress {
  readonly status: RunStatus;
  readonly batches: number;
  readonly done: number;
  readonly lastError: string | null;
}

export async function loadProgress({ pool }: Database, runId: string): Promise<Progress> {
  const { rows } = await pool.query<{
    status: RunStatus;
    batches: number;
    done: number;
    last_error: string | null;
  }>(
    `SELECT r.status, b.batches, b.done,
            (SELECT last_error FROM batches WHERE run_id = r.id AND status = 'pending' AND last_error IS NOT NULL
              ORDER BY due_at DESC LIMIT 1) AS last_error
       FROM runs r
       CROSS JOIN LATERAL (SELECT count(*)::int AS batches, count(*) FILTER (WHERE status <> 'pending')::int AS done
                             FROM batches WHERE run_id = r.id AND status <> 'split') b
      WHERE r.id = $1`,
    [runId],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`run ${runId} does not exist`);
  return { status: row.status, batches: row.batches, done: row.done, lastError: row.last_error };
}

/** Ends an open run without publishing it, and says so to whoever asked for it. Idempotent: returns whether this call ended it. */
export async function failRun(
  { pool }: Database,
  runId: string,
  code: ErrorCode,
  message: string,
): Promise<boolean> {
  return inTransaction(pool, async (connection) => {
    const { rowCount } = await connection.query(
      `UPDATE runs SET status = 'failed', error_code = $2, error = $3, closed_at = clock_timestamp()
        WHERE id = $1 AND status = 'open'`,
      [runId, code, message],
    );
    if (rowCount !== 1) return false;
    await saveFailure(connection, runId, code, message);
    return true;
  });
}

/**
 * The guard's verdict: nothing moves until a person decides. An earlier held run is superseded, but not by a
 * dry run, which leaves no trace.
 */
export async function holdRun({ pool }: Database, runId: string): Promise<void> {
  await inTransaction(pool, async (connection) => {
    const { rows } = await connection.query<{ reasons: string[]; dry_run: boolean }>(
      `UPDATE runs SET status = 'held' WHERE id = $1 AND status = 'open' AND planned_at IS NOT NULL
       RETURNING reasons, dry_run`,
      [runId],
    );
    const held = rows[0];
    if (held === undefined) return;
    await saveEventOfRun(connection, runId, 'held', held.reasons.join('; '));
    if (held.dry_run) return;
    await connection.query(
      `UPDATE runs SET status = 'superseded', closed_at = clock_timestamp()
        WHERE status = 'held' AND id <> $1 AND NOT dry_run`,
      [runId],
    );
  });
}

export async function endDryRun({ pool }: Database, runId: string): Promise<void> {
  await pool.query(
    `UPDATE runs SET status = 'planned', closed_at = clock_timestamp() WHERE id = $1 AND status = 'open' AND dry_run`,
    [runId],
  );
}

/** Reports fields of the API that this version does not know, once per run. */
export async function recordDrift(
  { pool }: Database,
  runId: string,
  paths: readonly string[],
): Promise<void> {
  if (paths.length === 0) return;
  await pool.query(
    `UPDATE runs SET drift = (SELECT array_agg(DISTINCT path ORDER BY path) FROM unnest(drift || $2::text[]) AS path)
      WHERE id = $1 AND NOT drift @> $2::text[]`,
    [runId, paths],
  );
}

/** What belongs to a run and dies with it. */
export const STAGING = [
  'observations',
  'roster_moves',
  'planned_users',
  'planned_names',
  'planned_changes',
  'batch_entries',
  'canaries',
];

/** Runs whose staging somebody still needs: a person may approve what was held, unless it was a dry run. */
const STAGED = `(status = 'open' OR status = 'held' AND NOT dry_run)`;

/** The plan of a dry run is what it was for: it can be read until the next run is opened. */
const READABLE = `(${STAGED} OR dry_run AND id = (SELECT max(id) FROM runs))`;

/**
 * Drops the staging of ended runs. A held run keeps its own, since a person may still approve it; a dry run keeps
 * its changes until there is a later run. Truncates where nobody needs anything, which costs nothing whatever the
 * size of the night.
 */
export async function clearStaging({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ in_use: boolean }>(
    `SELECT EXISTS (SELECT FROM runs WHERE ${READABLE}) AS in_use`,
  );
  if (rows[0]?.in_use === true) {
    for (const table of STAGING) {
      const kept = table === 'planned_changes' ? READABLE : STAGED;
      await pool.query(`DELETE FROM ${table} WHERE run_id NOT IN (SELECT id FROM runs WHERE ${kept})`);
    }
    return;
  }
  await pool.query(
    `DO $$ BEGIN
       -- An opener holds the account's row until its run is visible.
       PERFORM FROM account FOR UPDATE;
       IF NOT EXISTS (SELECT FROM runs WHERE ${READABLE}) THEN
         TRUNCATE ${STAGING.join(', ')};
       END IF;
     END $$`,
  );
}

/** Roster lines refused as invalid, in order, `limit` at most. */
export async function loadRejectedEntries(
  { prisma }: Database,
  runId: string,
  limit: number,
): Promise<readonly { readonly line: number; readonly reason: string; readonly text: string }[]> {
  return (await prisma()).rejectedEntry.findMany({
    where: { runId: BigInt(runId) },
    orderBy: { line: 'asc' },
    take: limit,
  });
}

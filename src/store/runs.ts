import type { ErrorCode } from '../core/errors.ts';
import type { Streak } from '../core/outage.ts';
import type { Database } from './database.ts';
import type { RunStatus, RunTrigger } from './generated/enums.ts';

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
}

/** The latest runs first, `limit` at most. */
export async function loadRuns({ prisma }: Database, limit: number): Promise<readonly RunSummary[]> {
  const rows = await prisma.run.findMany({ orderBy: { id: 'desc' }, take: limit });
  return rows.map(toRunSummary);
}

export async function loadRun({ prisma }: Database, runId: string): Promise<RunSummary | undefined> {
  const row = await prisma.run.findUnique({ where: { id: BigInt(runId) } });
  return row === null ? undefined : toRunSummary(row);
}

type RunRow = Awaited<ReturnType<Database['prisma']['run']['findMany']>>[number];

function toRunSummary(row: RunRow): RunSummary {
  return {
    runId: row.id.toString(),
    key: row.key,
    trigger: row.trigger,
    status: row.status,
    dryRun: row.dryRun,
    baseline: row.baseId === null,
    openedAt: row.openedAt,
    planned: row.plannedAt !== null,
    planHash: row.planHash,
    asOf: row.asOf,
    publishedAt: row.publishedAt,
    coverage: row.coverage?.toNumber() ?? null,
    roster: { entries: row.entries, rejected: row.rejected, duplicates: row.duplicates },
    answers: { found: row.found, absent: row.absent, unanswered: row.unanswered },
    changes: row.changes,
    changesByKind: toCounts(row.changesByKind),
    reasons: row.reasons,
    drift: row.drift,
    error: row.error,
  };
}

function toCounts(json: unknown): Record<string, number> {
  if (typeof json !== 'object' || json === null) return {};
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
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

/** Ends an open run without publishing it. Idempotent: returns whether this call ended it. */
export async function failRun(
  { pool }: Database,
  runId: string,
  code: ErrorCode,
  message: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE runs SET status = 'failed', error_code = $2, error = $3, closed_at = clock_timestamp()
      WHERE id = $1 AND status = 'open'`,
    [runId, code, message],
  );
  return rowCount === 1;
}

/**
 * The guard's verdict: nothing moves until a person decides. An earlier held run is superseded, but not by a
 * dry run, which leaves no trace.
 */
export async function holdRun({ pool }: Database, runId: string): Promise<void> {
  await pool.query(
    `WITH held AS (
       UPDATE runs SET status = 'held' WHERE id = $1 AND status = 'open' AND planned_at IS NOT NULL RETURNING id, dry_run
     )
     UPDATE runs SET status = 'superseded', closed_at = clock_timestamp()
       FROM held WHERE runs.status = 'held' AND runs.id <> held.id AND NOT held.dry_run`,
    [runId],
  );
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

const STAGING = [
  'observations',
  'roster_moves',
  'planned_users',
  'planned_names',
  'planned_changes',
  'batch_entries',
];

/** Runs whose staging somebody still needs: a person may approve what was held, unless it was a dry run. */
const STAGED = `(status = 'open' OR status = 'held' AND NOT dry_run)`;

/**
 * Drops the staging of ended runs. A held run keeps its own, since a person may still approve it. Truncates
 * where nobody needs anything, which costs nothing whatever the size of the night.
 */
export async function clearStaging({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ in_use: boolean }>(
    `SELECT EXISTS (SELECT FROM runs WHERE ${STAGED}) AS in_use`,
  );
  if (rows[0]?.in_use === true) {
    for (const table of STAGING) {
      await pool.query(`DELETE FROM ${table} WHERE run_id NOT IN (SELECT id FROM runs WHERE ${STAGED})`);
    }
    return;
  }
  await pool.query(
    `DO $$ BEGIN
       -- An opener holds the account's row until its run is visible.
       PERFORM FROM account FOR UPDATE;
       IF NOT EXISTS (SELECT FROM runs WHERE ${STAGED}) THEN
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
  return prisma.rejectedEntry.findMany({
    where: { runId: BigInt(runId) },
    orderBy: { line: 'asc' },
    take: limit,
  });
}

/** Counts the failed call of a batch, and returns how the run's calls have gone since the last answered one. */
export async function countFailure(
  { pool }: Database,
  batch: { readonly runId: string; readonly no: number },
): Promise<Streak> {
  const { rows } = await pool.query<{ failures: number; failing_for_ms: number; suspects_only: boolean }>(
    `UPDATE runs SET failures = failures + 1, failing_since = coalesce(failing_since, clock_timestamp())
      WHERE id = $1
     RETURNING failures, (extract(epoch FROM clock_timestamp() - failing_since) * 1000)::float8 AS failing_for_ms,
               EXISTS (SELECT FROM batches WHERE run_id = $1 AND status = 'answered')
               AND NOT EXISTS (SELECT FROM batches WHERE run_id = $1 AND status = 'pending' AND attempts = 0 AND no <> $2)
                 AS suspects_only`,
    [batch.runId, batch.no],
  );
  const { failures, failing_for_ms: failingForMs, suspects_only: suspectsOnly } = rows[0] ?? NO_STREAK;
  return { failures, failingForMs, suspectsOnly };
}

const NO_STREAK = { failures: 0, failing_for_ms: 0, suspects_only: false };

/** A call was answered: whatever failed before was not the account. */
export async function endStreak({ pool }: Database, runId: string): Promise<void> {
  await pool.query('UPDATE runs SET failures = 0, failing_since = NULL WHERE id = $1 AND failures > 0', [
    runId,
  ]);
}

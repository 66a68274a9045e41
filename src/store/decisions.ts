import type pg from 'pg';
import { SyncError } from '../core/errors.ts';
import { inTransaction, type Database } from './database.ts';
import { moveNight } from './publish/publish.ts';

/** What a person says of a held run. */
export interface Decision {
  readonly runId: string;
  /** Who, for those who ask later. */
  readonly by: string;
  readonly reason: string | null;
}

/** The beginning of a plan's hash: enough of it to tell that this plan was read. */
export const SHORTEST_HASH = 6;

/**
 * Publishes exactly the plan that was read. One transaction takes the open-run slot, publishes, and keeps who decided:
 * a process that dies anywhere leaves the run held or published (I2, I5).
 *
 * @throws RUN_NOT_FOUND, RUN_NOT_HELD, PLAN_MISMATCH, RUN_OPEN or BASE_MOVED, saying why and what to do; the run is
 * as before.
 */
export async function approveRun(
  { pool }: Database,
  decision: Decision & { readonly plan: string },
): Promise<void> {
  const { runId, plan } = decision;
  await inTransaction(pool, async (connection) => {
    // Openers wait here: the run they open is computed against this one, or finds it still held.
    await connection.query('SELECT FROM account FOR UPDATE');
    const hash = await lockHeldRun(connection, runId);
    if (plan.length < SHORTEST_HASH || !hash.startsWith(plan.toLowerCase())) throw planMismatch(runId, hash);
    await refuseBesideOpenRun(connection, runId);
    await saveDecision(connection, decision, 'open');
    await moveNight(connection, runId, 'real');
  });
}

/**
 * Ends a held run without publishing it.
 *
 * @throws RUN_NOT_FOUND or RUN_NOT_HELD
 */
export async function rejectRun({ pool }: Database, decision: Decision): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await lockHeldRun(connection, decision.runId);
    await saveDecision(connection, decision, 'rejected');
  });
}

function planMismatch(runId: string, hash: string): SyncError {
  return new SyncError(
    'PLAN_MISMATCH',
    `The plan of run ${runId} is ${hash.slice(0, 12)}…, which is not the one named. Read it with 'kore-sync runs show ${runId}' and name its hash, ${SHORTEST_HASH} characters of it or more.`,
  );
}

/** Returns the hash of the run's plan. */
async function lockHeldRun(connection: pg.PoolClient, runId: string): Promise<string> {
  const { rows } = await connection.query<HeldRow>(LOCK_HELD, [runId]);
  const run = rows[0];
  if (run === undefined) {
    throw new SyncError('RUN_NOT_FOUND', `There is no run ${runId}. 'kore-sync runs' lists them.`);
  }
  if (run.status === 'held' && !run.dry_run && run.plan_hash !== null) return run.plan_hash;
  throw new SyncError('RUN_NOT_HELD', `Run ${runId} waits for no decision: ${describeState(run)}`);
}

interface HeldRow {
  status: string;
  dry_run: boolean;
  plan_hash: string | null;
  decided_by: string | null;
  successor: string | null;
}

const LOCK_HELD = `
  SELECT r.status, r.dry_run, r.plan_hash, r.decided_by,
         (SELECT n.id FROM runs n
           WHERE n.planned_at > r.planned_at AND NOT n.dry_run
             AND n.status IN ('published', 'held', 'superseded', 'rejected')
           ORDER BY n.planned_at LIMIT 1) AS successor
    FROM runs r WHERE r.id = $1 FOR UPDATE`;

function describeState({ status, dry_run: dryRun, decided_by: decidedBy, successor }: HeldRow): string {
  const byWhom = decidedBy === null ? '' : ` by ${decidedBy}`;
  if (dryRun) return `it is a dry run, which publishes nothing. 'kore-sync sync' makes a plan that can be.`;
  switch (status) {
    case 'open':
      return `it is still open. 'kore-sync sync' goes on with it.`;
    case 'published':
      return decidedBy === null
        ? 'it was published without one.'
        : `it was approved${byWhom} and is published.`;
    case 'rejected':
      return `it was rejected${byWhom}. 'kore-sync sync' asks anew.`;
    case 'superseded':
      return `run ${successor ?? 'after it'} took its place. Look at that one: 'kore-sync runs show ${successor ?? 'ID'}'.`;
    default:
      return `it ${status === 'failed' ? 'failed' : `is ${status}`}. 'kore-sync sync' asks anew.`;
  }
}

async function refuseBesideOpenRun(connection: pg.PoolClient, runId: string): Promise<void> {
  const { rows } = await connection.query<{ id: string; dry_run: boolean }>(
    `SELECT id, dry_run FROM runs WHERE status = 'open'`,
  );
  const open = rows[0];
  if (open === undefined) return;
  const wayOut = open.dry_run
    ? `Let that dry run end first, and approve again: 'kore-sync sync --dry-run' goes on with it.`
    : `Let it end first: unless it fails, it takes the place of run ${runId}; then look at run ${open.id}.`;
  throw new SyncError(
    'RUN_OPEN',
    `Run ${open.id} is open, so run ${runId} cannot be published now. ${wayOut}`,
  );
}

async function saveDecision(
  connection: pg.PoolClient,
  { runId, by, reason }: Decision,
  status: 'open' | 'rejected',
): Promise<void> {
  await connection.query(
    `UPDATE runs SET status = $2::run_status, decided_by = $3, decided_at = clock_timestamp(), decision_reason = $4,
                     closed_at = CASE WHEN $2 = 'rejected' THEN clock_timestamp() END
      WHERE id = $1`,
    [runId, status, by, reason],
  );
}

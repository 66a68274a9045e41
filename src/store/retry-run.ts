import type pg from 'pg';
import { SyncError } from '../core/errors.ts';
import { cutBatches, prepareAsked } from './cut-batches.ts';
import { inTransaction, type Database } from './database.ts';
import { LATEST_PUBLISHED } from './latest-run.ts';
import { checkAccount, type NewRun, type OpenedRun } from './open-run.ts';

/** A run that asks again about what `parentId` left unanswered. */
export interface NewRetry extends Pick<NewRun, 'key' | 'account' | 'batchSize' | 'alertRules'> {
  readonly parentId: string;
}

/**
 * Takes the open-run slot for a retry, or joins the open retry of the same run. Stores just the entries without an
 * answer: no roster is read and nobody joins or leaves it.
 *
 * @throws ACCOUNT_MISMATCH, RUN_NOT_FOUND, RUN_OPEN, RUN_NOT_RETRIABLE with what to do instead.
 */
export async function openRetry(database: Database, retry: NewRetry): Promise<OpenedRun> {
  return inTransaction(database.pool, async (connection) => {
    // Locks the account's row: openers queue up here.
    await checkAccount(connection, retry.account);
    const opened = { dryRun: false, isRetry: true } as const;
    const joined = await findRetryToJoin(connection, retry.parentId);
    if (joined !== undefined) return { ...opened, runId: joined, openedHere: false };
    await checkParent(connection, retry.parentId);
    const runId = await insertRetry(connection, retry);
    await prepareAsked(connection);
    await connection.query(ASK_UNANSWERED, [runId]);
    await cutBatches(connection, runId, retry.batchSize);
    return { ...opened, runId, openedHere: true };
  });
}

async function findRetryToJoin(connection: pg.PoolClient, parentId: string): Promise<string | undefined> {
  const { rows } = await connection.query<{ id: string; parent_id: string | null; dry_run: boolean }>(
    `SELECT id, parent_id, dry_run FROM runs WHERE status = 'open'`,
  );
  const open = rows[0];
  if (open === undefined || open.parent_id === parentId) return open?.id;
  throw new SyncError(
    'RUN_OPEN',
    `Run ${open.id}${open.dry_run ? ', a dry run,' : ''} is open. Let it end first: 'kore-sync sync${open.dry_run ? ' --dry-run' : ''}' goes on with it.`,
  );
}

async function checkParent(connection: pg.PoolClient, parentId: string): Promise<void> {
  const { rows } = await connection.query<{
    is_known: boolean;
    latest: string | null;
    unanswered: number;
    held: string | null;
  }>(CHECK_PARENT, [parentId]);
  const parent = rows[0];
  if (parent?.is_known !== true) {
    throw new SyncError('RUN_NOT_FOUND', `There is no run ${parentId}. 'kore-sync runs' lists them.`);
  }
  const refusal = describeRefusal(parentId, parent);
  if (refusal !== null)
    throw new SyncError('RUN_NOT_RETRIABLE', `Run ${parentId} cannot be retried: ${refusal}`);
}

function describeRefusal(
  parentId: string,
  { latest, unanswered, held }: { latest: string | null; unanswered: number; held: string | null },
): string | null {
  if (latest === null) return `no run has been published yet. 'kore-sync sync' asks about everybody.`;
  if (latest !== parentId) {
    return `the latest published run is ${latest}, and only what that one left unanswered can be asked about again. See 'kore-sync runs show ${latest}'.`;
  }
  if (unanswered === 0) return 'it left nothing unanswered.';
  if (held === null) return null;
  return `run ${held} has asked since, and is held. Decide on it first: 'kore-sync runs show ${held}'.`;
}

const CHECK_PARENT = `
  SELECT EXISTS (SELECT FROM runs WHERE id = $1) AS is_known, (${LATEST_PUBLISHED}) AS latest,
         (SELECT count(*) FROM unanswered_entries WHERE run_id = $1)::int AS unanswered,
         (SELECT max(id) FROM runs WHERE status = 'held' AND NOT dry_run) AS held`;

async function insertRetry(connection: pg.PoolClient, retry: NewRetry): Promise<string> {
  const { rows } = await connection.query<{ id: string }>(
    `INSERT INTO runs (key, trigger, scope, parent_id, base_id, alert_rules, entries)
     VALUES ($1, 'manual', 'retry', $2, $2, $3::jsonb, (SELECT count(*) FROM unanswered_entries WHERE run_id = $2 AND rostered))
     RETURNING id`,
    [retry.key, retry.parentId, JSON.stringify(retry.alertRules)],
  );
  const inserted = rows[0];
  if (inserted === undefined) throw new SyncError('INTERNAL', 'INSERT INTO runs returned no row');
  return inserted.id;
}

const ASK_UNANSWERED = `
  INSERT INTO asked (entry, kind, rostered)
  SELECT e.entry, e.entry_kind AS kind, e.rostered
    FROM unanswered_entries e JOIN runs r ON r.parent_id = e.run_id WHERE r.id = $1`;

import type pg from 'pg';
import type { AlertRules } from '../core/alert-rule.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { ClockTrigger } from '../core/run-trigger.ts';
import { inTransaction, type Database } from './database.ts';
import { LATEST_PUBLISHED } from './latest-run.ts';
import { saveFailure } from './run-events.ts';
import { STAGING } from './runs.ts';

/** A run under a key; `openings`: how often it has been opened before. */
interface Opening {
  readonly key: string;
  readonly openings: number;
  readonly alertRules: AlertRules;
}

/**
 * Opens a failed run again under its key: the row stays, with the alerts that were sent of it, and begins anew.
 * What it asked about and was answered goes, since the roster may be another one by now.
 *
 * Returns undefined where somebody has opened it again before (I3).
 */
export async function reopenRun(connection: pg.PoolClient, run: Opening): Promise<string | undefined> {
  const { rows } = await connection.query<{ id: string }>(REOPEN_RUN, [
    run.key,
    run.openings,
    JSON.stringify(run.alertRules),
  ]);
  const reopened = rows[0];
  if (reopened === undefined) return undefined;
  for (const table of [...STAGING, 'rejected_entries', 'unanswered_entries']) {
    await connection.query(`DELETE FROM ${table} WHERE run_id = $1`, [reopened.id]);
  }
  return reopened.id;
}

/** Batches that were not asked in time are kept until the new ones are cut, which count on from them. */
const REOPEN_RUN = `
  UPDATE runs
     SET status = 'open', openings = openings + 1, opened_at = clock_timestamp(), alert_rules = $3::jsonb,
         base_id = (${LATEST_PUBLISHED}),
         planned_at = DEFAULT, plan_hash = DEFAULT, reasons = DEFAULT, as_of = DEFAULT, published_at = DEFAULT,
         closed_at = DEFAULT, entries = DEFAULT, rejected = DEFAULT, duplicates = DEFAULT, found = DEFAULT,
         absent = DEFAULT, unanswered = DEFAULT, coverage = DEFAULT, changes = DEFAULT, changes_by_kind = DEFAULT,
         drift = DEFAULT, error_code = DEFAULT, error = DEFAULT, failures = DEFAULT, failing_since = DEFAULT,
         refused_since = DEFAULT, figures = DEFAULT, passed_over = DEFAULT, begin_told_at = DEFAULT, end_told_at = DEFAULT
   WHERE key = $1 AND status = 'failed' AND openings = $2
  RETURNING id`;

/**
 * Records that a night could not be opened, as a failed run under its key, so that it is seen, alerted and made up
 * for like any other. Idempotent per opening: returns the run's id, undefined where somebody else has opened it or
 * recorded this.
 */
export async function saveFailedOpening(
  { pool }: Database,
  run: Opening & { readonly trigger: ClockTrigger },
  code: ErrorCode,
  message: string,
): Promise<string | undefined> {
  return inTransaction(pool, async (connection) => {
    const { rows } = await connection.query<{ id: string }>(SAVE_FAILED_OPENING, [
      run.key,
      run.trigger,
      JSON.stringify(run.alertRules),
      code,
      message,
      run.openings,
    ]);
    const failed = rows[0];
    if (failed !== undefined) await saveFailure(connection, failed.id, code, message);
    return failed?.id;
  });
}

const SAVE_FAILED_OPENING = `
  INSERT INTO runs AS failed (key, trigger, status, base_id, alert_rules, error_code, error, closed_at)
  VALUES ($1, $2::run_trigger, 'failed', (${LATEST_PUBLISHED}),
          $3::jsonb, $4, $5, clock_timestamp())
  ON CONFLICT (key) DO UPDATE
     SET openings = failed.openings + 1, error_code = $4, error = $5, closed_at = clock_timestamp(),
         begin_told_at = NULL, end_told_at = NULL
   WHERE failed.status = 'failed' AND failed.openings = $6
  RETURNING id`;

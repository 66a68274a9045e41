import type { AlertRules } from '../core/alert-rule.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { RunEvent, RunEventKind } from '../core/run-event.ts';
import type { Queryable } from './database.ts';

/**
 * Records what befell a night, and one alert for each rule that asks for events of its kind and each channel of
 * that rule, in one statement. Idempotent per kind and key: returns whether this call recorded it.
 *
 * An event of a run is judged by the rules stored with the run, `rules` is for those without one. A dry run has
 * no events: whoever tries something out is watching.
 */
export async function saveRunEvent(
  connection: Queryable,
  event: RunEvent,
  rules: AlertRules,
): Promise<boolean> {
  const { rows } = await connection.query<{ id: string }>(SAVE_EVENT, [
    event.kind,
    event.key,
    event.runId,
    event.detail,
    JSON.stringify(rules),
  ]);
  return rows.length > 0;
}

/** An event that a run has at most once. Call it in the transaction that makes it true (I9). */
export async function saveEventOfRun(
  connection: Queryable,
  runId: string,
  kind: RunEventKind,
  detail: string,
): Promise<boolean> {
  return saveRunEvent(connection, { kind, key: runId, runId, detail }, []);
}

/**
 * That a run has failed: once for each code, however often it is opened again and fails as before. Another code is
 * news: what was to be over by itself may wait for a person by now.
 */
export async function saveFailure(
  connection: Queryable,
  runId: string,
  code: ErrorCode,
  message: string,
): Promise<void> {
  const detail = `${code}: ${message}`;
  await saveRunEvent(connection, { kind: 'failed', key: `${runId} ${code}`, runId, detail }, []);
}

const SAVE_EVENT = `
  WITH event AS (
    INSERT INTO run_events (kind, key, run_id, detail)
    SELECT $1::run_event_kind, $2, $3::bigint, $4
     WHERE NOT EXISTS (SELECT FROM runs WHERE id = $3::bigint AND dry_run)
    ON CONFLICT (kind, key) DO NOTHING
    RETURNING id, kind, run_id
  ), alert AS (
    INSERT INTO alerts (run_id, event_id, rule, severity, channel, change_count)
    SELECT e.run_id, e.id, r.name, r.severity, c.channel, 0
      FROM event e
     CROSS JOIN LATERAL jsonb_to_recordset(coalesce((SELECT alert_rules FROM runs WHERE id = e.run_id), $5::jsonb))
                     AS r(name text, severity alert_severity, events text[], channels text[])
     CROSS JOIN LATERAL unnest(r.channels) AS c(channel)
     WHERE e.kind::text = ANY (r.events)
  )
  SELECT id FROM event`;

import type { NightState, OwnRun } from '../core/tick.ts';
import type { Database } from './database.ts';

/** The clock that all schedulers share: one that runs fast must not be ahead of the others. */
export async function loadNow({ pool }: Database): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]?.now ?? new Date();
}

/** What is known of the night that was due at `due`, under `key`. */
export async function loadNightState({ pool }: Database, key: string, due: Date): Promise<NightState> {
  const { rows } = await pool.query<StateRow>(LOAD_STATE, [key, due]);
  const row = rows[0];
  return {
    promised: row?.next_due ?? null,
    isCovered: row?.is_covered ?? false,
    open: row?.open_id && row.open_key ? { runId: row.open_id, key: row.open_key } : null,
    own:
      row?.own_id && row.own_status && row.own_openings !== null
        ? {
            runId: row.own_id,
            status: row.own_status,
            openings: row.own_openings,
            errorCode: row.own_error_code,
            closedAt: row.own_closed_at,
          }
        : null,
  };
}

interface StateRow {
  readonly next_due: Date | null;
  readonly is_covered: boolean;
  readonly open_id: string | null;
  readonly open_key: string | null;
  readonly own_id: string | null;
  readonly own_status: OwnRun['status'] | null;
  readonly own_openings: number | null;
  readonly own_error_code: string | null;
  readonly own_closed_at: Date | null;
}

const LOAD_STATE = `
  SELECT a.next_due, open.id AS open_id, open.key AS open_key,
         own.id AS own_id, own.status AS own_status, own.openings AS own_openings,
         own.error_code AS own_error_code, own.closed_at AS own_closed_at,
         EXISTS (SELECT FROM runs WHERE scope = 'all' AND NOT dry_run AND key <> $1 AND planned_at >= $2
                                    AND status IN ('published', 'held', 'rejected', 'superseded')) AS is_covered
    FROM account a
    LEFT JOIN runs open ON open.status = 'open'
    LEFT JOIN runs own ON own.key = $1`;

/** Says when the next night is, in directory.freshness and to the next scheduler. */
export async function saveNextDue({ pool }: Database, next: Date): Promise<void> {
  await pool.query('UPDATE account SET next_due = $1 WHERE next_due IS DISTINCT FROM $1', [next]);
}

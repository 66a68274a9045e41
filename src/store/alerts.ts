import type pg from 'pg';
import type { Receipt, Settlement } from '../core/delivery.ts';
import type { Database, Queryable } from './database.ts';
import type { AlertStatus } from './generated/enums.ts';

export interface PendingAlert {
  readonly alertId: string;
  readonly attempts: number;
  readonly delayMs: number;
}

/** Alerts of the outbox that wait for delivery, in order. */
export async function loadPendingAlerts({ pool }: Database): Promise<readonly PendingAlert[]> {
  const { rows } = await pool.query<{ id: string; attempts: number; delay_ms: number }>(
    `SELECT id, attempts, greatest(0, ceil(extract(epoch FROM due_at - clock_timestamp()) * 1000))::float8 AS delay_ms
       FROM alerts WHERE status = 'pending' ORDER BY id`,
  );
  return rows.map((row) => ({ alertId: row.id, attempts: row.attempts, delayMs: row.delay_ms }));
}

/** An alert in the hands of whoever delivers it. */
export interface HeldAlert {
  readonly alertId: string;
  readonly runId: string | null;
  readonly rule: string;
  /** The name of one, as it was when the rule was stored. */
  readonly channel: string;
  readonly idempotencyKey: string;
  /** This one included. */
  readonly attempts: number;
  /** Until it is given up; may be past. */
  readonly leftMs: number;
  readonly receipt: Receipt;
}

/** Any constant will do; ids of alerts stand beside it. */
const DELIVERY_LOCK = 7_203_442;

/**
 * Delivers an alert by `send`, and stores what became of it. Returns undefined, without sending, where another
 * process holds the alert, where it is not pending any more, or where attempt `attempts` has been made (I3).
 *
 * The lock is this connection's: it ends with the process, so that the next may try at once. The attempt is
 * counted before it is made: of a process that dies in between, the queue may hold the old job for a while, and
 * the next attempt is another job. It repeats what may have arrived, under the same idempotency key (I9).
 */
export async function deliverHeld(
  { pool }: Database,
  { alertId, attempts }: Pick<PendingAlert, 'alertId' | 'attempts'>,
  send: (alert: HeldAlert) => Promise<Settlement>,
): Promise<Settlement | undefined> {
  const connection = await pool.connect();
  let isBroken = true;
  try {
    const settlement = await deliverLocked(connection, { alertId, attempts }, send);
    isBroken = false;
    return settlement;
  } finally {
    // A connection that may still hold the lock is closed, which gives it back.
    connection.release(isBroken);
  }
}

async function deliverLocked(
  connection: pg.PoolClient,
  { alertId, attempts }: Pick<PendingAlert, 'alertId' | 'attempts'>,
  send: (alert: HeldAlert) => Promise<Settlement>,
): Promise<Settlement | undefined> {
  const lock = [DELIVERY_LOCK, alertId];
  const { rows } = await connection.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock($1, ($2::bigint % 2147483647)::int) AS locked',
    lock,
  );
  if (rows[0]?.locked !== true) return undefined;
  const alert = await beginAttempt(connection, alertId, attempts);
  let settlement: Settlement | undefined;
  if (alert !== undefined) {
    settlement = await send(alert);
    await settle(connection, alertId, settlement);
  }
  await connection.query('SELECT pg_advisory_unlock($1, ($2::bigint % 2147483647)::int)', lock);
  return settlement;
}

async function beginAttempt(
  connection: Queryable,
  alertId: string,
  attempts: number,
): Promise<HeldAlert | undefined> {
  const { rows } = await connection.query<HeldAlert>(
    `UPDATE alerts SET attempts = attempts + 1
      WHERE id = $1 AND status = 'pending' AND attempts = $2
     RETURNING id AS "alertId", run_id AS "runId", rule, channel, idempotency_key AS "idempotencyKey", attempts,
               (extract(epoch FROM give_up_at - clock_timestamp()) * 1000)::float8 AS "leftMs", receipt`,
    [alertId, attempts],
  );
  return rows[0];
}

async function settle(connection: Queryable, alertId: string, settlement: Settlement): Promise<void> {
  const { kind, receipt } = settlement;
  await connection.query(
    `UPDATE alerts SET status = $2::alert_status, receipt = $3::jsonb, last_error = $4,
            due_at = CASE WHEN $2 = 'pending' THEN clock_timestamp() + make_interval(secs => $5::float8 / 1000) ELSE due_at END,
            delivered_at = CASE WHEN $2 = 'delivered' THEN clock_timestamp() END
      WHERE id = $1 AND status = 'pending'`,
    [
      alertId,
      kind,
      receipt === null ? null : JSON.stringify(receipt),
      kind === 'delivered' ? null : settlement.reason,
      kind === 'pending' ? settlement.delayMs : 0,
    ],
  );
}

/** An alert that has not arrived. */
export interface UndeliveredAlert {
  readonly alertId: string;
  readonly runId: string | null;
  readonly event: string | null;
  readonly rule: string;
  readonly channel: string;
  readonly status: AlertStatus;
  readonly attempts: number;
  readonly changes: number;
  readonly lastError: string | null;
  readonly dueAt: Date;
}

/** Alerts that are dead or still pending, the oldest first, `limit` at most; of one run or of all. */
export async function loadUndeliveredAlerts(
  { pool }: Database,
  limit: number,
  runId: string | null = null,
): Promise<readonly UndeliveredAlert[]> {
  const { rows } = await pool.query<UndeliveredAlert>(
    `SELECT a.id AS "alertId", a.run_id AS "runId", e.kind::text AS event, a.rule, a.channel, a.status::text AS status,
            a.attempts, a.change_count AS changes, a.last_error AS "lastError", a.due_at AS "dueAt"
       FROM alerts a LEFT JOIN run_events e ON e.id = a.event_id
      WHERE a.status <> 'delivered' AND ($2::bigint IS NULL OR a.run_id = $2) ORDER BY a.id LIMIT $1`,
    [limit, runId],
  );
  return rows;
}

/** How many alerts of these runs are dead and how many still pending; runs without either are left out. */
export async function countUndeliveredAlerts(
  { pool }: Database,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly pending: number; readonly dead: number }>> {
  const { rows } = await pool.query<{ run_id: string; pending: number; dead: number }>(
    `SELECT run_id, (count(*) FILTER (WHERE status = 'pending'))::int AS pending,
            (count(*) FILTER (WHERE status = 'dead'))::int AS dead
       FROM alerts WHERE status <> 'delivered' AND run_id = ANY ($1::bigint[]) GROUP BY run_id`,
    [runIds],
  );
  return new Map(rows.map(({ run_id: runId, pending, dead }) => [runId, { pending, dead }]));
}

/**
 * Puts dead alerts back, one or all of them, for another day, and makes those that wait due at once. Their
 * idempotency keys stay. Returns their ids.
 */
export async function resendAlerts(
  { pool }: Database,
  alertId: string | null,
): Promise<readonly PendingAlert[]> {
  const { rows } = await pool.query<{ id: string; attempts: number }>(
    `UPDATE alerts SET status = 'pending', due_at = clock_timestamp(),
            give_up_at = CASE WHEN status = 'dead' THEN clock_timestamp() + interval '1 day' ELSE give_up_at END
      WHERE status <> 'delivered' AND CASE WHEN $1::bigint IS NULL THEN status = 'dead' ELSE id = $1 END
     RETURNING id, attempts`,
    [alertId],
  );
  return rows
    .map((row) => ({ alertId: row.id, attempts: row.attempts, delayMs: 0 }))
    .toSorted((a, b) => Number(BigInt(a.alertId) - BigInt(b.alertId)));
}

/** Whether an alert of this run is to be delivered yet, or one of any other is due now. */
export async function hasPendingAlerts({ pool }: Database, runId: string): Promise<boolean> {
  const { rows } = await pool.query<{ pending: boolean }>(
    `SELECT EXISTS (SELECT FROM alerts WHERE status = 'pending' AND (run_id = $1 OR due_at <= clock_timestamp())) AS pending`,
    [runId],
  );
  return rows[0]?.pending ?? false;
}

export async function countDeliveredAlerts({ prisma }: Database, runId: string): Promise<number> {
  return (await prisma()).alert.count({ where: { runId: BigInt(runId), status: 'delivered' } });
}

import type { Database } from './database.ts';

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

/** One digest to deliver. */
export interface Alert {
  readonly alertId: string;
  readonly runId: string;
  readonly rule: string;
  readonly channel: string;
  readonly idempotencyKey: string;
  readonly changeCount: number;
  readonly changesByKind: Readonly<Record<string, number>>;
}

/** `undefined` where it has been delivered already (I3). */
export async function loadPendingAlert({ pool }: Database, alertId: string): Promise<Alert | undefined> {
  const { rows } = await pool.query<{
    run_id: string;
    rule: string;
    channel: string;
    idempotency_key: string;
    change_count: number;
    by_kind: Record<string, number> | null;
  }>(
    `SELECT run_id, rule, channel, idempotency_key, change_count,
            (SELECT jsonb_object_agg(kind, n ORDER BY kind)
               FROM (SELECT kind, count(*) AS n FROM directory.role_changes c WHERE c.run_id = a.run_id GROUP BY kind) k
            ) AS by_kind
       FROM alerts a WHERE id = $1 AND status = 'pending'`,
    [alertId],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    alertId,
    runId: row.run_id,
    rule: row.rule,
    channel: row.channel,
    idempotencyKey: row.idempotency_key,
    changeCount: row.change_count,
    changesByKind: row.by_kind ?? {},
  };
}

export async function markDelivered({ pool }: Database, alertId: string): Promise<void> {
  await pool.query(
    `UPDATE alerts SET status = 'delivered', attempts = attempts + 1, delivered_at = clock_timestamp(), last_error = NULL
      WHERE id = $1 AND status = 'pending'`,
    [alertId],
  );
}

export async function hasPendingAlerts({ pool }: Database, runId: string): Promise<boolean> {
  const { rows } = await pool.query<{ pending: boolean }>(
    `SELECT EXISTS (SELECT FROM alerts WHERE run_id = $1 AND status = 'pending') AS pending`,
    [runId],
  );
  return rows[0]?.pending ?? false;
}

export async function countDeliveredAlerts({ prisma }: Database, runId: string): Promise<number> {
  return prisma.alert.count({ where: { runId: BigInt(runId), status: 'delivered' } });
}

import { inTransaction, type Database } from './database.ts';

/** At most `calls` in any rolling stretch of `windowMs`. */
export interface RateLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/** A place in the budget, to be given back when the call was answered. */
export interface Place {
  readonly id: string | null;
}

export type PlaceOrWait = { readonly place: Place } | { readonly waitMs: number };

/** Any constant will do; whoever wants a place queues up behind it. */
const BUDGET_LOCK = 7_203_442;

/** A call whose process died counts as if it had been answered this long after it was taken: longer than any timeout. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;

/** How soon to look again when every place is held by a call that is still under way. */
const LOOK_AGAIN_MS = 100;

/**
 * Takes a place for one API call, or says how long to wait until one may be free.
 *
 * I7: kept in PostgreSQL, so that all processes share it and a restart forgets nothing. A place frees one
 * window after the *answer*: the server counts arrivals, and an answer is the only proof of one. While the
 * account refuses calls there is no place at all, whatever our own count says: where nothing is counted, that is all
 * there is to ask, and `blockedMs` tells it by whoever has just seen it.
 */
export async function takePlace(
  { pool }: Database,
  limits: readonly RateLimit[],
  blockedMs?: number,
): Promise<PlaceOrWait> {
  if (limits.length === 0) {
    const waitMs = blockedMs ?? (await loadBlockMs(pool));
    return waitMs > 0 ? { waitMs } : { place: { id: null } };
  }
  return inTransaction(pool, async (connection) => {
    await connection.query('SELECT pg_advisory_xact_lock($1)', [BUDGET_LOCK]);
    const { rows } = await connection.query<{ wait_ms: number; id: string | null }>({
      name: 'take-place',
      text: TAKE_PLACE,
      values: [limits.map(({ calls }) => calls), limits.map(({ windowMs }) => windowMs)],
    });
    const { wait_ms: waitMs, id } = rows[0] ?? { wait_ms: LOOK_AGAIN_MS, id: null };
    return id === null ? { waitMs } : { place: { id } };
  });
}

/** When a call was answered; of one under way, when it is given up at the latest. */
export const ANSWERED_AT = `coalesce(answered_at, taken_at + interval '${FORGOTTEN_AFTER_MS} milliseconds')`;

/**
 * The place that blocks a window is that of the last call but as many as the limit allows. After the lock, in
 * a statement of its own: what its last holder took must be seen.
 */
const TAKE_PLACE = `
  WITH limits AS (
    SELECT * FROM unnest($1::int[], $2::float8[]) AS l (calls, window_ms)
  ), forgotten AS (
    DELETE FROM api_calls
     WHERE ${ANSWERED_AT} < clock_timestamp() - make_interval(secs => (SELECT max(window_ms) FROM limits) / 1000)
  ), waits AS (
    SELECT ${millisecondsUntil('blocked_until')} AS ms FROM account WHERE blocked_until > clock_timestamp()
    UNION ALL
    SELECT greatest(1, coalesce(${millisecondsUntil('blocking.answered_at')} + window_ms, ${LOOK_AGAIN_MS}))
      FROM limits
      CROSS JOIN LATERAL (
        SELECT answered_at FROM api_calls
         WHERE ${ANSWERED_AT} > clock_timestamp() - make_interval(secs => window_ms / 1000)
         ORDER BY answered_at DESC NULLS FIRST OFFSET limits.calls - 1 LIMIT 1
      ) blocking
  ), taken AS (
    INSERT INTO api_calls (taken_at) SELECT clock_timestamp() WHERE NOT EXISTS (SELECT FROM waits) RETURNING id
  )
  SELECT coalesce((SELECT max(ms) FROM waits), 0) AS wait_ms, (SELECT id FROM taken) AS id`;

/** The answer has come, or never will: the place frees one window from now. */
export async function givePlaceBack({ pool }: Database, { id }: Place): Promise<void> {
  if (id === null) return;
  await pool.query('UPDATE api_calls SET answered_at = clock_timestamp() WHERE id = $1', [id]);
}

/** Of the table `account`: for how long it has said that it refuses calls; 0 where it has not. */
export const BLOCKED_MS = `greatest(0, coalesce(${millisecondsUntil('account.blocked_until')}, 0))`;

async function loadBlockMs(pool: Database['pool']): Promise<number> {
  const { rows } = await pool.query<{ for_ms: number }>(`SELECT ${BLOCKED_MS} AS for_ms FROM account`);
  return rows[0]?.for_ms ?? 0;
}

function millisecondsUntil(instant: string): string {
  return `ceil(extract(epoch FROM ${instant} - clock_timestamp()) * 1000)::float8`;
}

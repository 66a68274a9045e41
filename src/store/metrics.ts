import type { Counts, DatabaseFigures } from '../core/database-figures.ts';
import { ANSWERED_AT, type RateLimit } from './budget.ts';
import type { Database } from './database.ts';

/** One statement, over tables that stay small: runs, alerts, and the calls of the last hour. */
export async function loadFigures(
  { pool }: Database,
  limits: readonly RateLimit[],
): Promise<DatabaseFigures> {
  const { rows } = await pool.query<FiguresRow>(LOAD_FIGURES, [
    limits.map(({ calls }) => calls),
    limits.map(({ windowMs }) => windowMs),
  ]);
  const row = rows[0];
  return {
    runs: row?.runs ?? {},
    answers: row?.answers ?? {},
    changes: row?.changes ?? {},
    alerts: row?.alerts ?? {},
    coverage: row?.coverage ?? null,
    lastGoodAt: row?.as_of ?? null,
    lastGoodAgeSeconds: row?.age_s ?? null,
    nextDue: row?.next_due ?? null,
    openRunAgeSeconds: row?.open_age_s ?? null,
    blockedSeconds: row?.blocked_s ?? 0,
    budgets: row?.budgets ?? [],
  };
}

interface FiguresRow {
  readonly runs: Counts | null;
  readonly answers: Counts | null;
  readonly changes: Counts | null;
  readonly alerts: Counts | null;
  readonly coverage: number | null;
  readonly as_of: Date | null;
  readonly age_s: number | null;
  readonly next_due: Date | null;
  readonly open_age_s: number | null;
  readonly blocked_s: number | null;
  readonly budgets: DatabaseFigures['budgets'] | null;
}

const LOAD_FIGURES = `
  SELECT (SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) s) AS runs,
         (SELECT jsonb_build_object('found', coalesce(sum(found), 0), 'absent', coalesce(sum(absent), 0),
                                    'unanswered', coalesce(sum(unanswered), 0))
            FROM runs WHERE status = 'published') AS answers,
         (SELECT jsonb_object_agg(kind, n)
            FROM (SELECT k.kind, sum(k.n::bigint) AS n FROM runs r, jsonb_each_text(r.changes_by_kind) AS k (kind, n)
                   WHERE r.status = 'published' GROUP BY k.kind) s) AS changes,
         (SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM alerts GROUP BY status) s) AS alerts,
         f.coverage::float8 AS coverage, f.as_of, extract(epoch FROM f.age)::float8 AS age_s, f.next_due,
         (SELECT extract(epoch FROM clock_timestamp() - opened_at)::float8 FROM runs WHERE status = 'open') AS open_age_s,
         (SELECT greatest(0, extract(epoch FROM blocked_until - clock_timestamp()))::float8 FROM account) AS blocked_s,
         (SELECT jsonb_agg(jsonb_build_object('windowMs', l.window_ms, 'free', greatest(0, l.calls - (
                   SELECT count(*) FROM api_calls
                    WHERE ${ANSWERED_AT} > clock_timestamp() - make_interval(secs => l.window_ms / 1000)))) ORDER BY l.no)
            FROM unnest($1::int[], $2::float8[]) WITH ORDINALITY AS l (calls, window_ms, no)) AS budgets
    FROM directory.freshness f`;

import { DIGEST_LIMITS, type ChannelKind } from '../core/alert-channel.ts';
import type { AlertCounts, AlertFacts, AlertItem } from '../core/alert-facts.ts';
import type { Database } from './database.ts';

/**
 * Loads what an alert has to say on a channel of a kind: the first items, and counts of all (I11). The same every
 * time: what it is about is published and moves no more.
 */
export async function loadAlertFacts(
  { pool }: Database,
  alertId: string,
  kind: ChannelKind,
): Promise<AlertFacts> {
  const { rows } = await pool.query<Frame>(LOAD_FRAME, [alertId]);
  const frame = rows[0];
  if (frame === undefined) throw new Error(`alert ${alertId} does not exist`);
  const { isAboutChanges, ...facts } = frame;
  if (!isAboutChanges) return { ...facts, counts: NO_CHANGES, items: [], isSample: false };
  const counts = await pool.query<AlertCounts>(LOAD_COUNTS, [alertId]);
  const { items, perPerson, withFirstSeen } = DIGEST_LIMITS[kind];
  const loaded = await pool.query<AlertItem>(LOAD_ITEMS, [alertId, items, perPerson, withFirstSeen]);
  return { ...facts, counts: counts.rows[0] ?? NO_CHANGES, items: loaded.rows, isSample: false };
}

type Frame = Omit<AlertFacts, 'counts' | 'items' | 'isSample'> & { readonly isAboutChanges: boolean };

const NO_CHANGES: AlertCounts = {
  total: 0,
  byKind: {},
  firstSeen: { changes: 0, people: 0, adminGrants: 0 },
};

/** Of PostgreSQL's instants the form that JavaScript gives its own. */
const iso = (instant: string) => `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const LOAD_FRAME = `
  SELECT a.idempotency_key AS key, a.rule, a.severity::text AS severity, ${iso('a.created_at')} AS "createdAt",
         account.host AS account, a.event_id IS NULL AS "isAboutChanges",
         CASE WHEN r.id IS NOT NULL
              THEN json_build_object('id', r.id::text, 'key', r.key, 'asOf', ${iso('r.as_of')}, 'head', encode(l.link, 'hex')) END AS run,
         CASE WHEN e.id IS NOT NULL THEN json_build_object('kind', e.kind, 'detail', e.detail) END AS event
    FROM alerts a
   CROSS JOIN account
    LEFT JOIN runs r ON r.id = a.run_id
    LEFT JOIN run_links l ON l.run_id = a.run_id
    LEFT JOIN run_events e ON e.id = a.event_id
   WHERE a.id = $1`;

/** Every role change, where an older version wrote the alert: it kept no book of matches. */
const MATCHED = `
  alerts a
    JOIN runs r ON r.id = a.run_id
    JOIN changes c ON c.run_id = a.run_id AND (
         EXISTS (SELECT FROM alert_matches m WHERE m.run_id = a.run_id AND m.rule = a.rule AND m.change_id = c.id)
         OR r.alert_rules IS NULL AND c.kind IN ('role_granted', 'role_revoked', 'role_source_changed'))
   WHERE a.id = $1`;

const LOAD_COUNTS = `
  WITH matched AS (SELECT c.kind, c.user_id, c.not_before, c.scope FROM ${MATCHED})
  SELECT (SELECT count(*)::int FROM matched) AS total,
         (SELECT coalesce(jsonb_object_agg(kind, n ORDER BY kind), '{}')
            FROM (SELECT kind, count(*) AS n FROM matched GROUP BY kind) k) AS "byKind",
         (SELECT json_build_object('changes', count(*), 'people', count(DISTINCT user_id),
                                   'adminGrants', count(*) FILTER (WHERE kind = 'role_granted' AND scope = 'admin'))
            FROM matched WHERE not_before IS NULL) AS "firstSeen"`;

/** Admin roles before roles on bots, what was granted before what was lost; one person's changes together. */
const LOAD_ITEMS = `
  WITH matched AS (
    SELECT c.*, CASE WHEN c.scope = 'admin' AND c.kind = 'role_granted' THEN 0
                     WHEN c.scope = 'admin' THEN 1
                     WHEN c.kind = 'role_granted' THEN 2
                     WHEN c.kind IN ('role_revoked', 'role_source_changed') THEN 3
                     ELSE 4 END + CASE WHEN c.not_before IS NULL THEN 10 ELSE 0 END AS weight
      FROM ${MATCHED} AND ($4 OR c.not_before IS NOT NULL)
  ), ranked AS (
    SELECT *, min(weight) OVER person AS person_weight, (count(*) OVER person)::int AS of_person,
           row_number() OVER (person ORDER BY weight, id ROWS UNBOUNDED PRECEDING) AS nth
      FROM matched WINDOW person AS (PARTITION BY user_id)
  )
  SELECT id::text AS "changeId", kind::text AS kind, ${iso('not_before')} AS "notBefore",
         user_id AS "userId", email, scope::text AS scope, role_id AS "roleId", role_name AS "roleName",
         bot_id AS "botId", bot_name AS "botName", group_id AS "groupId", group_name AS "groupName",
         task_kind::text AS "taskKind", task_id AS "taskId", before, after, of_person AS "ofPerson"
    FROM ranked WHERE nth <= $3
   ORDER BY person_weight, user_id COLLATE "C", nth LIMIT $2`;

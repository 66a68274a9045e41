import { difference, NIGHTS, type Check } from './check.ts';

const RUN_OF_KEY = '(SELECT p.id FROM published p WHERE p.as_of = k.at)';

/** Who was there when: versions that begin or end with a gap beside them, and what the audit log says of it. */
const PRESENCE: Check = {
  name: 'people',
  counts: 'people added, removed or restored',
  sql: `
    WITH ${NIGHTS}, spans AS (
      SELECT u.user_id, v.valid_from, v.valid_to, lag(v.valid_to) OVER w AS ended, lead(v.valid_from) OVER w AS next,
             row_number() OVER w = 1 AS is_first
        FROM user_versions v JOIN users u ON u.id = v.person_id
      WINDOW w AS (PARTITION BY v.person_id ORDER BY v.valid_from)
    ), events AS (
      SELECT user_id, valid_from AS at, CASE WHEN is_first THEN 'user_added' ELSE 'user_restored' END AS kind, 1 AS side
        FROM spans WHERE valid_from > (SELECT as_of FROM origin) AND (is_first OR ended < valid_from)
      UNION ALL
      SELECT user_id, valid_to, 'user_removed', 1 FROM spans WHERE valid_to IS NOT NULL AND next IS DISTINCT FROM valid_to
      UNION ALL
      SELECT c.user_id, p.as_of, c.kind::text, -1 FROM changes c JOIN published p ON p.id = c.run_id
       WHERE c.kind IN ('user_added', 'user_removed', 'user_restored')
    )
    SELECT CASE WHEN k.side <> 0 THEN ${difference({
      table: `'user_versions'`,
      run: RUN_OF_KEY,
      user: 'k.user_id',
      detail: `format('the history and the audit log disagree on a %s at %s', k.kind, k.at)`,
    })} END AS difference
      FROM (SELECT user_id, at, kind, sum(side) AS side FROM events GROUP BY user_id, at, kind) k`,
};

/** The row that says what is so now, and the versions that say what was so when. */
const FIRST_AND_LAST: Check = {
  name: 'current people',
  counts: 'people, removed ones included',
  sql: `
    SELECT CASE
             WHEN v.person_id IS NULL THEN ${inUsers(`'has no version in user_versions'`)}
             WHEN u.first_seen_at <> v.first THEN ${inUsers(`'first_seen_at is not the beginning of their first version'`)}
             WHEN u.removed_at IS DISTINCT FROM v.last
             THEN ${inUsers(`'removed_at is not the end of their last version'`)}
           END AS difference
      FROM users u
      LEFT JOIN (SELECT person_id, min(valid_from) AS first, CASE WHEN bool_and(valid_to IS NOT NULL) THEN max(valid_to) END AS last
                   FROM user_versions GROUP BY person_id) v ON v.person_id = u.id`,
};

function inUsers(detail: string): string {
  return difference({ table: `'users'`, user: 'u.user_id', detail });
}

/** Of a version `v` and the one before it `b`. */
const ATTRIBUTES = [
  ['email', 'email'],
  ['first_name', 'firstName'],
  ['last_name', 'lastName'],
  ['status', 'status'],
  ['can_create_bot', 'canCreateBot'],
  ['is_developer', 'isDeveloper'],
] as const;

const moves = (alias: string, before: (column: string) => string): string =>
  ATTRIBUTES.map(([column]) => `('${column}', ${before(column)}, ${alias}.${column}::text)`).join(', ');

/**
 * How every attribute moved, from version to version and at last to the row in `users`, and by the audit log. The
 * address of somebody removed may move, to be seen in their next version.
 */
const ATTRIBUTE_MOVES: Check = {
  name: 'attributes',
  counts: 'attributes set or changed',
  sql: `
    WITH ${NIGHTS}, states AS (
      SELECT s.*, ${ATTRIBUTES.map(([column]) => `lag(s.${column}) OVER w AS was_${column}`).join(', ')}
        FROM (
          SELECT person_id, valid_from AS at, ${ATTRIBUTES.map(([column]) => column).join(', ')} FROM user_versions
          UNION ALL
          SELECT id, 'infinity', ${ATTRIBUTES.map(([column]) => column).join(', ')} FROM users
        ) s
      WINDOW w AS (PARTITION BY s.person_id ORDER BY s.at)
    ), said AS (
      SELECT c.user_id, p.as_of AS at, c.kind, c.email, c.before #>> '{}' AS before, c.after #>> '{}' AS after, c.detail
        FROM changes c JOIN published p ON p.id = c.run_id
       WHERE c.kind IN ('user_added', 'email_changed', 'name_changed', 'status_changed', 'developer_changed', 'bot_creation_changed')
    ), moves AS (
      SELECT u.user_id, s.at, m.attribute, m.before, m.after, 1 AS side
        FROM states s JOIN users u ON u.id = s.person_id
        CROSS JOIN LATERAL (VALUES ${moves('s', (column) => `s.was_${column}::text`)}) AS m (attribute, before, after)
       WHERE s.at > (SELECT as_of FROM origin) AND m.before IS DISTINCT FROM m.after
      UNION ALL
      SELECT s.user_id, s.at, m.attribute, m.before, m.after, -1
        FROM said s
        CROSS JOIN LATERAL (
          SELECT v.* FROM (VALUES ('email', NULL, s.email),
                                  ${ATTRIBUTES.slice(1)
                                    .map(
                                      ([column, key]) => `('${column}', NULL, s.detail->'after'->>'${key}')`,
                                    )
                                    .join(', ')}) AS v WHERE s.kind = 'user_added'
          UNION ALL
          SELECT v.* FROM (VALUES ('first_name', s.detail->'before'->>'firstName', s.detail->'after'->>'firstName'),
                                  ('last_name', s.detail->'before'->>'lastName', s.detail->'after'->>'lastName')) AS v
           WHERE s.kind = 'name_changed'
          UNION ALL
          SELECT CASE s.kind WHEN 'status_changed' THEN 'status' WHEN 'developer_changed' THEN 'is_developer' ELSE 'can_create_bot' END,
                 s.before, s.after
           WHERE s.kind IN ('status_changed', 'developer_changed', 'bot_creation_changed')
        ) AS m (attribute, before, after)
       WHERE m.before IS DISTINCT FROM m.after
      UNION ALL
      SELECT e.user_id, e.seen, 'email', e.befores[1], e.afters[cardinality(e.afters)], -1
        FROM (
          SELECT s.user_id, v.seen, array_agg(s.before ORDER BY s.at) AS befores, array_agg(s.after ORDER BY s.at) AS afters
            FROM said s
            LEFT JOIN users u ON u.user_id = s.user_id
            CROSS JOIN LATERAL (
              -- Asked twice, for the sake of the two partial indexes.
              SELECT coalesce(
                       least((SELECT min(v.valid_from) FROM user_versions v
                               WHERE v.person_id = u.id AND v.valid_from >= s.at AND v.valid_to IS NOT NULL),
                             (SELECT min(v.valid_from) FROM user_versions v
                               WHERE v.person_id = u.id AND v.valid_from >= s.at AND v.valid_to IS NULL)),
                       'infinity') AS seen
            ) v
           WHERE s.kind = 'email_changed' GROUP BY s.user_id, v.seen
        ) e
       WHERE e.befores[1] IS DISTINCT FROM e.afters[cardinality(e.afters)]
    )
    SELECT CASE WHEN k.side <> 0 THEN ${difference({
      table: `CASE WHEN isfinite(k.at) THEN 'user_versions' ELSE 'users' END`,
      run: RUN_OF_KEY,
      user: 'k.user_id',
      detail: `format('the history and the audit log disagree on %s%s', k.attribute, CASE WHEN isfinite(k.at) THEN format(' at %s', k.at) ELSE ' as it is now' END)`,
    })} END AS difference
      FROM (SELECT user_id, at, attribute, before, after, sum(side) AS side FROM moves
             GROUP BY user_id, at, attribute, before, after) k`,
};

export const PEOPLE_CHECKS: readonly Check[] = [PRESENCE, FIRST_AND_LAST, ATTRIBUTE_MOVES];

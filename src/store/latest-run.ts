/*
 * Pieces of SQL that say which run is the latest, in one place: a retry is published too, but it confirms only
 * those whom it asked about.
 */

/** The run that made the current truth, a retry included: what a plan is computed against (I5). */
export const LATEST_PUBLISHED = `SELECT id FROM runs WHERE status = 'published' ORDER BY as_of DESC LIMIT 1`;

/** The latest published run that asked about everybody: it confirmed whoever has no open row in `unconfirmed`. */
export const LATEST_NIGHT = `
  SELECT id, opened_at, as_of, found + absent + unanswered AS population
    FROM runs WHERE status = 'published' AND scope = 'all' ORDER BY as_of DESC LIMIT 1`;

const RETRIES_SINCE = `
  SELECT r.id, r.opened_at, r.as_of FROM runs r
   WHERE r.status = 'published' AND r.scope = 'retry' AND r.as_of > (SELECT as_of FROM (${LATEST_NIGHT}) night)`;

/**
 * `person_id, run_id, opened_at`: those whom a retry has confirmed since the latest night, with the last one that
 * did. Mostly nobody, which PostgreSQL sees before it looks at any person.
 */
export const CONFIRMED_BY_RETRY = `
  SELECT person_id, max(run_id) AS run_id, max(opened_at) AS opened_at
    FROM (SELECT c.person_id, r.id AS run_id, r.opened_at FROM (${RETRIES_SINCE}) r JOIN unconfirmed c ON c.valid_to = r.as_of
          UNION ALL
          SELECT u.id, r.id, r.opened_at FROM (${RETRIES_SINCE}) r JOIN users u ON u.first_seen_at = r.as_of) confirmed
   GROUP BY person_id`;

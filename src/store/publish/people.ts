import { CONFIRMED_BY_RETRY, LATEST_NIGHT } from '../latest-run.ts';
import { OF_ANSWERED_USER } from '../taken-snapshots.ts';
import type { Night } from './night.ts';

/** Users, their versions, and when each was last confirmed. */
export async function publishPeople({ connection, runId, asOf, baseline }: Night): Promise<void> {
  await connection.query(ADD_PEOPLE, [runId, asOf]);
  if (!baseline) {
    await connection.query(UPDATE_KNOWN, [runId, asOf]);
    await connection.query(MOVE_VERSIONS, [runId, asOf]);
  }
  await connection.query(SAVE_LAST_LOGINS, [runId]);
}

/** Which users the night confirmed, and which it did not. Before the users move: it looks at who was current. */
export async function publishConfirmations({ connection, runId, asOf, baseline }: Night): Promise<void> {
  if (baseline) return;
  await connection.query(CLOSE_UNCONFIRMED, [runId, asOf]);
  await connection.query(OPEN_UNCONFIRMED, [runId, asOf]);
}

const COLUMNS = ['email', 'first_name', 'last_name', 'status', 'can_create_bot', 'is_developer'];
/** What a version says, and the same of an alias. */
const VERSIONED = COLUMNS.join(', ');
const versionedOf = (alias: string): string => COLUMNS.map((column) => `${alias}.${column}`).join(', ');

/** In the order in which entries are asked about: a batch then finds its people side by side, in a few pages. */
const ADD_PEOPLE = `
  WITH added AS (
    INSERT INTO users (user_id, ${VERSIONED}, extra, hash, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
    SELECT user_id, ${VERSIONED}, extra, hash, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, $2::timestamptz
      FROM planned_users WHERE run_id = $1 AND fate = 'added' ORDER BY email COLLATE "C"
    RETURNING id, ${VERSIONED}, first_seen_at
  )
  INSERT INTO user_versions (person_id, ${VERSIONED}, valid_from) SELECT id, ${VERSIONED}, first_seen_at FROM added`;

const UPDATE_KNOWN = `
  UPDATE users u
     SET email = p.email, first_name = p.first_name, last_name = p.last_name, status = p.status,
         can_create_bot = p.can_create_bot, is_developer = p.is_developer, extra = p.extra, hash = p.hash,
         bot_roles_seen = p.bot_roles_seen, admin_roles_seen = p.admin_roles_seen,
         groups_seen = p.groups_seen, tasks_seen = p.tasks_seen, unobserved = p.unobserved,
         removed_at = CASE p.fate WHEN 'removed' THEN $2::timestamptz WHEN 'restored' THEN NULL ELSE u.removed_at END
    FROM planned_users p
   WHERE p.run_id = $1 AND p.person_id = u.id
     AND (p.entry IS NOT NULL OR p.fate IN ('removed', 'restored') OR p.email IS DISTINCT FROM u.email)`;

/** Whoever goes on differently has another version, whoever is back has one again. */
const MOVE_VERSIONS = `
  WITH closed AS (
    UPDATE user_versions v SET valid_to = $2
      FROM planned_users p
     WHERE p.run_id = $1 AND v.person_id = p.person_id AND v.valid_to IS NULL
       AND (p.fate = 'removed' OR (${versionedOf('v')}) IS DISTINCT FROM (${versionedOf('p')}))
    RETURNING v.person_id
  )
  INSERT INTO user_versions (person_id, ${VERSIONED}, valid_from)
  SELECT p.person_id, ${versionedOf('p')}, $2::timestamptz
    FROM planned_users p LEFT JOIN closed c ON c.person_id = p.person_id
   WHERE p.run_id = $1 AND p.fate <> 'removed' AND (p.fate = 'restored' OR c.person_id IS NOT NULL)
   ORDER BY p.person_id`;

/** A row that needs no update is left out beforehand: the conflict alone would lock it, and write its page. */
const SAVE_LAST_LOGINS = `
  INSERT INTO last_logins (person_id, last_login)
  SELECT seen.*
    FROM (SELECT u.id AS person_id, max(o.last_login) AS last_login
            FROM observations o JOIN users u ON u.user_id = o.user_id
           WHERE o.run_id = $1 AND o.last_login IS NOT NULL
             AND ${OF_ANSWERED_USER}
           GROUP BY u.id) seen
    LEFT JOIN last_logins l ON l.person_id = seen.person_id
   WHERE l.last_login IS DISTINCT FROM seen.last_login
   ORDER BY seen.person_id
  ON CONFLICT (person_id) DO UPDATE SET last_login = excluded.last_login`;

/** One whom no observation mentions was found as known: current users are always asked about, but not by a retry. */
const CLOSE_UNCONFIRMED = `
  UPDATE unconfirmed c SET valid_to = $2
    FROM runs r, users u LEFT JOIN planned_users p ON p.run_id = $1 AND p.person_id = u.id
   WHERE r.id = $1 AND c.valid_to IS NULL AND u.id = c.person_id
     AND (p.fate IN ('kept', 'restored', 'removed', 'absent')
          OR p.fate IS NULL AND u.removed_at IS NULL
             AND (r.scope = 'all' OR u.id IN (
               SELECT a.person_id FROM batch_entries b, unnest(b.entries) AS asked (entry), addresses a
                WHERE b.run_id = $1 AND a.entry = asked.entry AND a.person_id IS NOT NULL)))`;

/** Also removed users whom this night did not ask about: that they are still gone is not confirmed. */
const OPEN_UNCONFIRMED = `
  INSERT INTO unconfirmed (person_id, last_confirmed, valid_from)
  SELECT o.person_id, coalesce(retried.run_id, night.id), $2::timestamptz
    FROM (SELECT person_id FROM planned_users WHERE run_id = $1 AND fate = 'unanswered' AND person_id IS NOT NULL
          UNION ALL
          SELECT u.id
            FROM runs r JOIN users u ON u.removed_at IS NOT NULL
           WHERE r.id = $1 AND r.scope = 'all'
             AND NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = $1 AND p.person_id = u.id)) o
   CROSS JOIN (${LATEST_NIGHT}) night
    LEFT JOIN (${CONFIRMED_BY_RETRY}) retried ON retried.person_id = o.person_id
   WHERE NOT EXISTS (SELECT FROM unconfirmed c WHERE c.person_id = o.person_id AND c.valid_to IS NULL)`;

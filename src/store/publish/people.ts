import { CONFIRMED_BY_RETRY, LATEST_NIGHT } from '../latest-run.ts';
import { OF_ANSWERED_USER } from '../taken-snapshots.ts';
import type { Night } from './night.ts';

/** Users, their versions, and when each was last confirmed. */
export async function publishPeople({ connection, runId, asOf, baseline }: Night): Promise<void> {
  await connection.query(INSERT_ADDED, [runId, asOf]);
  if (baseline) {
    await connection.query(OPEN_FIRST_VERSIONS, [asOf]);
  } else {
    await connection.query(UPDATE_KNOWN, [runId, asOf]);
    await connection.query(CLOSE_VERSIONS, [runId, asOf]);
    await connection.query(OPEN_VERSIONS, [runId, asOf]);
  }
  await connection.query(SAVE_LAST_LOGINS, [runId]);
}

/** Which users the night confirmed, and which it did not. Before the users move: it looks at who was current. */
export async function publishConfirmations({ connection, runId, asOf, baseline }: Night): Promise<void> {
  if (baseline) return;
  await connection.query(CLOSE_UNCONFIRMED, [runId, asOf]);
  await connection.query(OPEN_UNCONFIRMED, [runId, asOf]);
}

/** In the order in which entries are asked about: a batch then finds its people side by side, in a few pages. */
const INSERT_ADDED = `
  INSERT INTO users (user_id, email, first_name, last_name, status, can_create_bot, is_developer, extra, hash,
                     bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
  SELECT user_id, email, first_name, last_name, status, can_create_bot, is_developer, extra, hash,
         bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, $2::timestamptz
    FROM planned_users WHERE run_id = $1 AND fate = 'added' ORDER BY email COLLATE "C"`;

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

const VERSIONED = ['email', 'first_name', 'last_name', 'status', 'can_create_bot', 'is_developer'];
const versioned = (alias: string): string => VERSIONED.map((column) => `${alias}.${column}`).join(', ');

const CLOSE_VERSIONS = `
  UPDATE user_versions v SET valid_to = $2
    FROM planned_users p
   WHERE p.run_id = $1 AND v.person_id = p.person_id AND v.valid_to IS NULL
     AND (p.fate = 'removed' OR (${versioned('v')}) IS DISTINCT FROM (${versioned('p')}))`;

/** Everybody is new. Asked whether they have one already, PostgreSQL may look through the table for each while it fills. */
const OPEN_FIRST_VERSIONS = `
  INSERT INTO user_versions (person_id, ${VERSIONED.join(', ')}, valid_from)
  SELECT u.id, ${versioned('u')}, $1::timestamptz FROM users u`;

const OPEN_VERSIONS = `
  INSERT INTO user_versions (person_id, ${VERSIONED.join(', ')}, valid_from)
  SELECT u.id, ${versioned('p')}, $2::timestamptz
    FROM planned_users p JOIN users u ON u.user_id = p.user_id
   WHERE p.run_id = $1 AND u.removed_at IS NULL
     AND NOT EXISTS (SELECT FROM user_versions v WHERE v.person_id = u.id AND v.valid_to IS NULL)
   ORDER BY u.id`;

const SAVE_LAST_LOGINS = `
  INSERT INTO last_logins (person_id, last_login)
  SELECT u.id, max(o.last_login)
    FROM observations o JOIN users u ON u.user_id = o.user_id
   WHERE o.run_id = $1 AND o.last_login IS NOT NULL
     AND ${OF_ANSWERED_USER}
   GROUP BY u.id ORDER BY u.id
  ON CONFLICT (person_id) DO UPDATE SET last_login = excluded.last_login
   WHERE last_logins.last_login <> excluded.last_login`;

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
  SELECT u.id, coalesce(retried.run_id, night.id), $2::timestamptz
    FROM runs r
   CROSS JOIN users u
   CROSS JOIN (${LATEST_NIGHT}) night
    LEFT JOIN (${CONFIRMED_BY_RETRY}) retried ON retried.person_id = u.id
    LEFT JOIN planned_users p ON p.run_id = $1 AND p.person_id = u.id
   WHERE r.id = $1 AND (p.fate = 'unanswered' OR u.removed_at IS NOT NULL AND p.fate IS NULL AND r.scope = 'all')
     AND NOT EXISTS (SELECT FROM unconfirmed c WHERE c.person_id = u.id AND c.valid_to IS NULL)`;

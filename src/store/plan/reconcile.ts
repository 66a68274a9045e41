import type { Queryable } from '../database.ts';
import { CONFIRMED_BY_RETRY, LATEST_NIGHT } from '../latest-run.ts';
import { passOver } from '../taken-snapshots.ts';

/**
 * Reconciles what the batches saw, per user id, into `planned_users`: what becomes of every user the run
 * touches, and their attributes afterwards. Set-based and deterministic; runs inside the plan transaction.
 *
 * A user whom no observation mentions was found as known, and is not touched.
 */
export async function reconcileUsers(connection: Queryable, runId: string): Promise<void> {
  for (const [table, query] of STEPS) {
    await connection.query(`CREATE TEMP TABLE ${table} ON COMMIT DROP AS ${query(runId)}`);
    await connection.query(`ANALYZE ${table}`);
  }
  // Who is put back to a known address may collide with somebody judged before.
  for (let refused = 1; refused > 0;) refused = (await connection.query(REFUSE_SHARED_EMAILS)).rowCount ?? 0;
  await connection.query(PLAN_ADDED, [runId]);
  await connection.query(PLAN_OTHERS, [runId]);
  await connection.query('ANALYZE planned_users');
  await passOver(connection, runId);
}

/**
 * Keeps the known spelling of a status that differs from tonight's in letter case alone: the diff compares, since
 * PostgreSQL and JavaScript do not agree on the case of every letter. After the changes.
 */
export async function keepKnownSpelling(connection: Queryable, runId: string): Promise<void> {
  await connection.query(
    `UPDATE planned_users p SET status = u.status FROM users u
      WHERE p.run_id = $1 AND u.id = p.person_id AND p.status <> u.status
        AND NOT EXISTS (SELECT FROM planned_changes c
                         WHERE c.run_id = $1 AND c.user_id = p.user_id AND c.kind = 'status_changed')`,
    [runId],
  );
}

/** `CREATE TABLE AS` takes no parameters; run ids are bigints of our own. */
type Step = readonly [table: string, query: (runId: string) => string];

/**
 * Users with a snapshot tonight; several entries may lead to one user. `hash`: of any of their snapshots, since those agree or the
 * user is in `disagreeing`.
 */
const SEEN: Step = [
  'seen',
  (runId) => `
  SELECT user_id, count(*) AS snapshots, min(entry COLLATE "C") AS entry,
         (array_agg(hash))[1] AS hash, min(email COLLATE "C") AS email, array_agg(email) AS emails
    FROM observations WHERE run_id = ${BigInt(runId)} AND snapshot IS NOT NULL
   GROUP BY user_id`,
];

/** Everybody the plan has to look at: users with a snapshot, and users an address of whom was not plainly found. */
const TOUCHED: Step = [
  'touched',
  (runId) => `
  SELECT user_id FROM seen
  UNION
  SELECT u.user_id
    FROM observations o
    JOIN addresses a ON a.entry = o.entry
    JOIN users u ON u.id = a.person_id
   WHERE o.run_id = ${BigInt(runId)} AND (o.answer <> 'found' OR o.user_id <> u.user_id)`,
];

/**
 * Every address held for a touched user, and tonight's answer for it. `plain`: it leads to them as known;
 * `stands`: a retry did not ask about it, and the night before had it lead to them; `gone`: it no longer does;
 * `taken`: because it leads to somebody else.
 */
const HELD: Step = [
  'held',
  (runId) => `
  SELECT u.user_id, a.entry, a.entry_kind, a.confirmed_run_id,
         o.entry IS NULL AND asked.entry IS NOT NULL
           OR o.answer = 'found' AND o.user_id = u.user_id AND o.snapshot IS NULL AS plain,
         run.scope = 'retry' AND o.entry IS NULL AND asked.entry IS NULL AND NOT a.absent AND u.removed_at IS NULL AS stands,
         coalesce(o.answer = 'found' AND o.user_id <> u.user_id, false) AS taken,
         coalesce(o.answer = 'absent' OR o.answer = 'found' AND o.user_id <> u.user_id, false) AS gone
    FROM touched t
    JOIN users u ON u.user_id = t.user_id
    JOIN addresses a ON a.person_id = u.id
    JOIN runs run ON run.id = ${BigInt(runId)}
    LEFT JOIN observations o ON o.run_id = ${BigInt(runId)} AND o.entry = a.entry
    LEFT JOIN (SELECT unnest(e.entries) AS entry
                 FROM batch_entries e JOIN batches b ON b.run_id = e.run_id AND b.no = e.no AND b.status <> 'split'
                WHERE e.run_id = ${BigInt(runId)}) asked
      ON asked.entry = a.entry`,
];

/** Snapshots of one user that disagree with each other. */
const DISAGREEING: Step = [
  'disagreeing',
  (runId) => `
  SELECT o.user_id FROM observations o JOIN seen s ON s.user_id = o.user_id AND s.snapshots > 1
   WHERE o.run_id = ${BigInt(runId)} AND o.snapshot IS NOT NULL
   GROUP BY o.user_id HAVING count(DISTINCT o.hash) > 1`,
];

/**
 * When the earlier absence of somebody new was last confirmed; nothing where one of their entries was never asked about, as
 * in a first night.
 */
const ABSENT_BEFORE: Step = [
  'absent_before',
  (runId) => `
  SELECT o.user_id, min(coalesce(confirming.opened_at, latest.opened_at)) AS not_before
    FROM observations o
    JOIN seen s ON s.user_id = o.user_id
    LEFT JOIN users u ON u.user_id = o.user_id
    LEFT JOIN addresses a ON a.entry = o.entry
    LEFT JOIN runs confirming ON confirming.id = a.confirmed_run_id
    LEFT JOIN (${LATEST_NIGHT}) latest ON true
   WHERE o.run_id = ${BigInt(runId)} AND o.snapshot IS NOT NULL AND u.id IS NULL
     AND (SELECT base_id FROM runs WHERE id = ${BigInt(runId)}) IS NOT NULL
   GROUP BY o.user_id HAVING bool_and(a.entry IS NOT NULL)`,
];

/** What is left of a touched user's addresses. */
const HOLDINGS: Step = [
  'holdings',
  () => `
  SELECT h.user_id, bool_or(h.plain) AS plain, bool_or(h.plain OR h.stands) AS kept, bool_and(h.gone) AS all_gone,
         coalesce(bool_or((h.plain OR h.stands) AND (h.entry = u.email OR h.entry_kind <> 'email')), false) AS keeps_email,
         coalesce(bool_or(h.gone AND h.entry = u.email), false) AS lost_email,
         coalesce(bool_or(h.taken AND h.entry = u.email), false) AS taken_email,
         coalesce(bool_or(h.entry = s.email), false) AS held_seen_email,
         min(h.entry COLLATE "C") FILTER (WHERE (h.plain OR h.stands) AND h.entry_kind = 'email') AS kept_email,
         min(h.entry COLLATE "C") FILTER (WHERE NOT h.gone AND h.entry_kind = 'email') AS other_email,
         min(coalesce(confirming.opened_at, latest.opened_at)) AS not_before
    FROM held h
    JOIN users u ON u.user_id = h.user_id
    LEFT JOIN seen s ON s.user_id = h.user_id
    LEFT JOIN runs confirming ON confirming.id = h.confirmed_run_id
    LEFT JOIN (${LATEST_NIGHT}) latest ON true
   GROUP BY h.user_id`,
];

/**
 * What becomes of each touched user, with what decides on their address.
 *
 * I1: `removed` and `absent` only where no snapshot bears the id and every address held was `absent` or
 * led to somebody else. Everything doubtful is `unanswered`.
 */
const JUDGED = `
  SELECT t.user_id, u.id AS person_id, s.entry, u.email AS known_email, s.email AS seen_email, s.emails AS seen_emails,
         h.keeps_email, h.lost_email, h.taken_email, h.held_seen_email, h.kept_email, h.other_email,
         CASE
           WHEN d.user_id IS NOT NULL OR s.user_id IS NOT NULL AND h.plain AND s.hash IS DISTINCT FROM u.hash THEN 'unanswered'
           WHEN s.user_id IS NOT NULL OR h.kept THEN
             CASE WHEN u.id IS NULL THEN 'added' WHEN u.removed_at IS NOT NULL THEN 'restored' ELSE 'kept' END
           WHEN h.all_gone THEN CASE WHEN u.removed_at IS NULL THEN 'removed' ELSE 'absent' END
           ELSE 'unanswered'
         END::user_fate AS fate,
         CASE
           WHEN u.id IS NULL THEN ab.not_before
           WHEN u.removed_at IS NOT NULL THEN greatest(removal.opened_at, h.not_before)
           WHEN open.person_id IS NOT NULL THEN confirming.opened_at
           ELSE greatest(latest.opened_at, retried.opened_at)
         END AS not_before
    FROM touched t
    LEFT JOIN users u ON u.user_id = t.user_id
    LEFT JOIN unconfirmed open ON open.person_id = u.id AND open.valid_to IS NULL
    LEFT JOIN runs confirming ON confirming.id = open.last_confirmed
    LEFT JOIN runs removal ON removal.as_of = u.removed_at AND removal.status = 'published'
    LEFT JOIN (${LATEST_NIGHT}) latest ON true
    LEFT JOIN (${CONFIRMED_BY_RETRY}) retried ON retried.person_id = u.id
    LEFT JOIN absent_before ab ON ab.user_id = t.user_id
    LEFT JOIN disagreeing d ON d.user_id = t.user_id
    LEFT JOIN seen s ON s.user_id = t.user_id
    LEFT JOIN holdings h ON h.user_id = t.user_id`;

/**
 * The address of each touched user after tonight: the known one while it still leads to them, and while it is
 * silent and nothing but addresses held before leads to them (I12); else the smallest that does. Where it
 * went to somebody else and nothing tells the new one, none.
 */
const FATES: Step = [
  'fates',
  () => `
  SELECT user_id, person_id, entry, fate, not_before, known_email,
         (CASE
           WHEN fate = 'unanswered' THEN CASE WHEN taken_email THEN other_email ELSE known_email END
           WHEN fate IN ('removed', 'absent') THEN known_email
           WHEN keeps_email OR known_email = ANY (seen_emails) THEN known_email
           WHEN held_seen_email AND NOT lost_email THEN known_email
           ELSE coalesce(least(seen_email COLLATE "C", kept_email COLLATE "C"), known_email)
         END) COLLATE "default" AS email
    FROM (${JUDGED}) judged`,
];

const STEPS: readonly Step[] = [SEEN, TOUCHED, HELD, DISAGREEING, ABSENT_BEFORE, HOLDINGS, FATES];

/**
 * Two user ids that claim one address cannot both hold it. Whoever held it before keeps it; the others are
 * unanswered tonight. Only org user ids can lead here: an email entry has one answer.
 */
const REFUSE_SHARED_EMAILS = `
  WITH holders AS (
    SELECT email FROM fates
     WHERE fate IN ('added', 'restored', 'kept') OR fate = 'unanswered' AND person_id IS NOT NULL
    UNION ALL
    SELECT u.email FROM users u
     WHERE u.removed_at IS NULL AND u.email IN (SELECT email FROM fates)
       AND NOT EXISTS (SELECT FROM fates f WHERE f.user_id = u.user_id)
  )
  UPDATE fates SET fate = 'unanswered', email = known_email
   WHERE fate IN ('added', 'restored', 'kept') AND email IS DISTINCT FROM known_email
     AND email IN (SELECT email FROM holders GROUP BY email HAVING count(*) > 1)`;

/** Whether the list was there, with every item of it readable. */
const isWhole = (list: string): string => `coalesce((o.snapshot->'${list}'->>'complete')::boolean, false)`;

/** Whether some item of the list lacks what `condition` looks for in `i.item`. */
const lacks = (list: string, condition: string): string =>
  `EXISTS (SELECT FROM jsonb_array_elements(o.snapshot->'${list}'->'items') AS i (item) WHERE NOT (${condition}))`;

/**
 * The parts of a state that tonight's snapshot does not show, each with the opening of the last run that did: what
 * ends behind an edition that hides it has ended since then (see `PARTS` in core/unobserved.ts).
 */
const UNOBSERVED = `
  (SELECT jsonb_object_agg(p.part, coalesce(CASE WHEN f.fate <> 'restored' THEN u.unobserved->p.part END, to_jsonb(f.not_before::text)))
     FROM (VALUES ('name', o.snapshot ?& ARRAY['firstName', 'lastName']),
                  ('status', o.snapshot ? 'status'),
                  ('canCreateBot', o.snapshot ? 'canCreateBot'),
                  ('isDeveloper', o.snapshot ? 'isDeveloper'),
                  ('adminRoles', ${isWhole('adminRoles')}),
                  ('botRoles', ${isWhole('botRoles')}),
                  ('sources', ${isWhole('adminRoles')} AND ${isWhole('botRoles')}
                     AND NOT ${lacks('adminRoles', `i.item ? 'viaGroupNames'`)}
                     AND NOT ${lacks('botRoles', `i.item ? 'viaGroupNames'`)}),
                  ('groups', ${isWhole('groups')}),
                  ('tasks', ${isWhole('tasks')}
                     AND NOT ${lacks('tasks', `i.item->'taskIds' ?& ARRAY['dialog', 'action', 'alert', 'knowledge']`)})
          ) AS p (part, shown)
    WHERE NOT p.shown)`;

const COLUMNS = `run_id, user_id, person_id, fate, entry, not_before, email, first_name, last_name, status, can_create_bot,
                 is_developer, extra, hash, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, unobserved`;

/** What is taken of the snapshot of an observation. */
const TAKEN = `
  snapshot->>'firstName' AS first_name, snapshot->>'lastName' AS last_name, snapshot->>'status' AS status,
  (snapshot->>'canCreateBot')::boolean AS can_create_bot, (snapshot->>'isDeveloper')::boolean AS is_developer,
  snapshot->'extra' AS extra, snapshot ? 'botRoles' AS bot_roles_seen, snapshot ? 'adminRoles' AS admin_roles_seen,
  snapshot ? 'groups' AS groups_seen, snapshot ? 'tasks' AS tasks_seen`;

/**
 * In the order of the index: a million in any other would touch a page of it each. Materialised, so that what is taken of a snapshot
 * is taken before the join, which would else write a million whole ones to disk where they do not fit into memory.
 */
const PLAN_ADDED = `
  INSERT INTO planned_users (${COLUMNS})
  WITH o AS MATERIALIZED (
    SELECT entry, hash, ${TAKEN} FROM observations WHERE run_id = $1 AND snapshot IS NOT NULL
  )
  SELECT $1, f.user_id, NULL, f.fate, f.entry, f.not_before, f.email, o.first_name, o.last_name, o.status, o.can_create_bot,
         o.is_developer, o.extra, o.hash, o.bot_roles_seen, o.admin_roles_seen, o.groups_seen, o.tasks_seen, NULL
    FROM fates f JOIN o ON o.entry = f.entry
   WHERE f.fate = 'added'
   ORDER BY f.user_id`;

/** I12: what the snapshot does not say stays as it is known. Nothing of an unanswered user's snapshot is taken. */
const PLAN_OTHERS = `
  INSERT INTO planned_users (${COLUMNS})
  SELECT $1, f.user_id, f.person_id, f.fate, o.entry, f.not_before, f.email,
         coalesce(o.first_name, u.first_name), coalesce(o.last_name, u.last_name), coalesce(o.status, u.status),
         coalesce(o.can_create_bot, u.can_create_bot), coalesce(o.is_developer, u.is_developer),
         coalesce(o.extra, u.extra), coalesce(o.hash, u.hash),
         coalesce(u.bot_roles_seen, false) OR coalesce(o.bot_roles_seen, false),
         coalesce(u.admin_roles_seen, false) OR coalesce(o.admin_roles_seen, false),
         coalesce(u.groups_seen, false) OR coalesce(o.groups_seen, false),
         coalesce(u.tasks_seen, false) OR coalesce(o.tasks_seen, false),
         CASE WHEN o.snapshot IS NOT NULL THEN ${UNOBSERVED} ELSE u.unobserved END
    FROM fates f
    LEFT JOIN users u ON u.id = f.person_id
    LEFT JOIN (SELECT entry, hash, snapshot, ${TAKEN} FROM observations WHERE run_id = $1) o
      ON o.entry = f.entry AND f.fate IN ('restored', 'kept')
   WHERE f.fate <> 'added'
   ORDER BY f.user_id`;

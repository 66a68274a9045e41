import type pg from 'pg';

export interface YearOptions {
  readonly users: number;
  readonly nights: number;
  /** Share of the users one of whose grants is replaced each night. */
  readonly churn: number;
}

type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Writes a directory with the history of many nights straight into the tables, without a run: everybody holds
 * three roles on bots, one of them through a group, and is in two groups; each thousandth holds an admin role.
 *
 * The statistics are then those of the first night: `ANALYZE` makes fresh ones. The same options make the same rows.
 */
export async function writeYear(connection: Queryable, { users, nights, churn }: YearOptions): Promise<void> {
  for (const table of HISTORY) {
    await connection.query(`ALTER TABLE ${table} DISABLE TRIGGER USER, SET (autovacuum_enabled = off)`);
  }
  await connection.query('ALTER TABLE changes SET (autovacuum_enabled = off)');
  await connection.query(WRITE_NIGHTS, [nights]);
  for (const statement of WRITE_DICTIONARIES) await connection.query(statement);
  for (const statement of WRITE_PEOPLE) await connection.query(statement, [users]);
  await connection.query('CREATE TEMP TABLE events (slot int, person int, night int, next int, pick int)');
  await connection.query('SELECT setseed(0.5)');
  await connection.query(WRITE_EVENTS, [users, nights, Math.round(users * churn)]);
  await connection.query('ANALYZE events');
  for (const write of [writeGrants, writeMemberships, writeVersions]) {
    for (const statement of write('night = 1', 'NULL::timestamptz')) await connection.query(statement);
  }
  await connection.query('ANALYZE');
  for (const statement of CLOSE_FIRST_NIGHT) await connection.query(statement);
  for (const write of [writeGrants, writeMemberships, writeVersions]) {
    for (const statement of write('night > 1', nightOf('next'))) await connection.query(statement);
  }
  await connection.query(WRITE_CHANGES);
  await connection.query('DROP TABLE events');
  for (const table of HISTORY) await connection.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
}

const HISTORY = ['user_versions', 'role_grants', 'grant_sources', 'group_memberships', 'task_assignments'];

/** A day apart, the last one just now. */
const WRITE_NIGHTS = `
  INSERT INTO runs (id, key, trigger, status, opened_at, as_of, published_at, closed_at, coverage, entries, found)
  SELECT n, 'nightly-' || n, 'schedule', 'published', at - interval '1 hour', at, at, at, 1, 1, 1
    FROM (SELECT n, date_trunc('hour', now()) - make_interval(days => $1 - n) AS at FROM generate_series(1, $1::int) n) night
   ORDER BY n`;

const nightOf = (night: string): string => `(SELECT r.as_of FROM runs r WHERE r.id = ${night})`;

const FIRST = `(SELECT min(as_of) FROM runs)`;

/** 200 roles, each on 20 of 300 bots; 5 admin roles; 400 groups. */
const WRITE_DICTIONARIES = [
  `INSERT INTO roles (id, scope, role_id, name)
   SELECT n, CASE WHEN n > 200 THEN 'admin' ELSE 'bot' END::grant_scope, 'r-' || n, 'Role ' || n FROM generate_series(1, 205) n`,
  `INSERT INTO bots (id, bot_id, name) SELECT n, 'st-' || n, 'Bot ' || n FROM generate_series(1, 300) n`,
  `INSERT INTO groups (id, group_id, name) SELECT n, 'g-' || n, 'Group ' || n FROM generate_series(1, 400) n`,
  ...['role', 'bot', 'group'].map(
    (thing) =>
      `INSERT INTO ${thing}_names (${thing}_ref, name, valid_from) SELECT id, name, ${FIRST} FROM ${thing}s`,
  ),
];

/** In the order of their addresses, as a baseline writes them. */
const WRITE_PEOPLE = [
  `INSERT INTO users (id, user_id, email, first_name, last_name, status, can_create_bot, is_developer,
                      bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
   SELECT n, 'u-' || md5(n::text), 'user' || lpad(n::text, 8, '0') || '@example.com', 'First', 'Last ' || n, 'active',
          false, true, true, true, true, true, ${FIRST}
     FROM generate_series(1, $1::int) n`,
  `INSERT INTO addresses (entry, entry_kind, person_id, absent, in_roster)
   SELECT email, 'email', id, false, true FROM users WHERE id <= $1`,
  `INSERT INTO last_logins (person_id, last_login)
   SELECT id, now() - make_interval(days => id % 200) FROM users WHERE id <= $1`,
  `INSERT INTO task_assignments (person_id, bot_ref, task_kind, task_id, valid_from)
   SELECT id, id % 300 + 1, 'dialog', 'task-' || id % 50, ${FIRST} FROM users WHERE id <= $1 AND id % 10 = 0`,
];

/**
 * When what each person has one of begins: slots 1 to 3 are roles on bots, 4 an admin role, 5 and 6 groups, 7 the
 * attributes. `next` is the night that ends it, null where it holds; `pick` says which.
 */
const WRITE_EVENTS = `
  INSERT INTO events
  WITH touched AS (
    SELECT DISTINCT ON (person, night) person, night, chance
      FROM (SELECT 1 + floor(random() * $1)::int AS person, night, random() AS chance
              FROM generate_series(2, $2::int) night, generate_series(1, $3::int)) drawn
     ORDER BY person, night, chance
  ), begun AS (
    SELECT slot, person, 1 AS night FROM generate_series(1, $1::int) person, generate_series(1, 7) slot
     WHERE slot <> 4 OR person % 1000 = 1
    UNION ALL SELECT 1 + floor(chance * 3000)::int % 3, person, night FROM touched
    UNION ALL SELECT 4, person, night FROM generate_series(1, $1::int, 1000) person, generate_series(2, $2::int) night
               WHERE (person / 1000 + night) % 50 = 0
    UNION ALL SELECT 5 + floor(chance * 1e6)::int % 2, person, night FROM touched WHERE chance < 0.1
    UNION ALL SELECT 7, person, night FROM touched WHERE chance > 0.95
  )
  SELECT slot, person, night, lead(night) OVER (PARTITION BY slot, person ORDER BY night),
         (hashint8(person::bigint * 1000003 + night * 17 + slot) & 2147483647) % 1333
    FROM begun ORDER BY night, person, slot`;

const NUMBER = '(e.pick * 3 + e.slot - 1)';
const ROLE = `CASE WHEN e.slot = 4 THEN 201 + e.pick % 5 ELSE ${NUMBER} % 200 + 1 END`;
const BOT = `CASE WHEN e.slot < 4 THEN (${NUMBER} / 200 * 13 + ${NUMBER} % 200) % 300 + 1 END`;
const GROUP = '(200 * (e.slot - 5) + e.pick % 200 + 1)';

type Write = (which: string, validTo: string) => readonly string[];

/** The sources follow their grants one to one: ids are given out in the same order. */
const writeGrants: Write = (which, validTo) => [
  `WITH g AS (
     INSERT INTO role_grants (person_id, role_ref, bot_ref, valid_from, valid_to)
     SELECT e.person, ${ROLE}, ${BOT}, ${nightOf('night')}, ${validTo}
       FROM events e WHERE e.slot <= 4 AND ${which} ORDER BY night, person, slot
     RETURNING id, role_ref, bot_ref, valid_from, valid_to
   )
   INSERT INTO grant_sources (grant_id, group_ref, valid_from, valid_to)
   SELECT id, CASE WHEN id % 3 = 0 THEN (role_ref * 7 + bot_ref) % 200 + 1 END, valid_from, valid_to FROM g ORDER BY id`,
];

const writeMemberships: Write = (which, validTo) => [
  `INSERT INTO group_memberships (person_id, group_ref, valid_from, valid_to)
   SELECT e.person, ${GROUP}, ${nightOf('night')}, ${validTo}
     FROM events e WHERE e.slot IN (5, 6) AND ${which} ORDER BY night, person, slot`,
];

const writeVersions: Write = (which, validTo) => [
  `INSERT INTO user_versions (person_id, email, first_name, last_name, status, can_create_bot, is_developer, valid_from, valid_to)
   SELECT e.person, u.email, u.first_name, u.last_name, CASE WHEN e.night % 2 = 1 THEN 'active' ELSE 'Suspended' END,
          false, true, ${nightOf('night')}, ${validTo}
     FROM events e JOIN users u ON u.id = e.person WHERE e.slot = 7 AND ${which} ORDER BY night, person`,
];

/** As nights do it: what was open is updated. */
const CLOSE_FIRST_NIGHT = [
  `UPDATE role_grants g SET valid_to = ${nightOf('e.next')} FROM events e
    WHERE e.night = 1 AND e.next IS NOT NULL AND e.slot <= 4 AND g.person_id = e.person AND g.valid_to IS NULL
      AND g.role_ref = ${ROLE} AND g.bot_ref IS NOT DISTINCT FROM ${BOT}`,
  `UPDATE grant_sources s SET valid_to = g.valid_to FROM role_grants g WHERE g.id = s.grant_id AND g.valid_to IS NOT NULL`,
  `UPDATE group_memberships m SET valid_to = ${nightOf('e.next')} FROM events e
    WHERE e.night = 1 AND e.next IS NOT NULL AND e.slot IN (5, 6) AND m.person_id = e.person AND m.group_ref = ${GROUP}
      AND m.valid_to IS NULL`,
  `UPDATE user_versions v SET valid_to = ${nightOf('e.next')} FROM events e
    WHERE e.night = 1 AND e.next IS NOT NULL AND e.slot = 7 AND v.person_id = e.person AND v.valid_to IS NULL`,
];

/** What was replaced ended on the night on which the other began. */
const WRITE_CHANGES = `
  INSERT INTO changes (run_id, kind, user_id, email, not_before, scope, role_id, role_name, bot_id, bot_name,
                       group_id, group_name, before, after)
  SELECT c.night, c.kind::change_kind, u.user_id, u.email, n.opened_at, c.scope::grant_scope, r.role_id, r.name,
         b.bot_id, b.name, k.group_id, k.name,
         CASE WHEN c.kind = 'role_revoked' THEN jsonb_build_object('direct', true, 'via_groups', '[]'::jsonb) END,
         CASE WHEN c.kind = 'role_granted' THEN jsonb_build_object('direct', true, 'via_groups', '[]'::jsonb) END
    FROM (
      SELECT e.person, e.night, CASE WHEN e.slot <= 4 THEN 'role_granted' WHEN e.slot = 7 THEN 'status_changed' ELSE 'group_joined' END AS kind,
             CASE WHEN e.slot < 4 THEN 'bot' WHEN e.slot = 4 THEN 'admin' END AS scope, e.slot, e.pick
        FROM events e WHERE e.night > 1
      UNION ALL
      SELECT e.person, e.next, CASE WHEN e.slot <= 4 THEN 'role_revoked' ELSE 'group_left' END,
             CASE WHEN e.slot < 4 THEN 'bot' WHEN e.slot = 4 THEN 'admin' END, e.slot, e.pick
        FROM events e WHERE e.next IS NOT NULL AND e.slot <= 6
    ) c
    CROSS JOIN LATERAL (SELECT c.slot, c.pick) e
    JOIN users u ON u.id = c.person
    JOIN runs n ON n.id = c.night
    LEFT JOIN roles r ON c.slot <= 4 AND r.id = ${ROLE}
    LEFT JOIN bots b ON b.id = ${BOT}
    LEFT JOIN groups k ON c.slot IN (5, 6) AND k.id = ${GROUP}
   ORDER BY c.night, c.person, c.kind DESC`;

-- Before the first night is published nothing is true, and the views that show the present look no further than that. Else
-- whoever asks while it is being published would go through tables of millions of rows that they cannot see and that have no
-- index yet: three seconds for one person's grants, and a tenth of the processor time of the night.
-- The condition mentions no row, so that PostgreSQL looks once, and then at nothing else.
-- Locks: each view, for a moment. Older versions of the program run on this schema.

CREATE OR REPLACE VIEW "directory"."users" AS
SELECT u.user_id, u.email, u.first_name, u.last_name, u.status, u.can_create_bot, u.is_developer,
       l.last_login, u.first_seen_at, u.removed_at,
       CASE WHEN open.person_id IS NOT NULL THEN confirming.as_of
            ELSE greatest(latest.as_of, u.first_seen_at, (SELECT max(c.valid_to) FROM unconfirmed c WHERE c.person_id = u.id))
       END AS confirmed_at,
       EXISTS (SELECT FROM addresses a WHERE a.person_id = u.id AND a.in_roster) AS in_roster
  FROM users u
  LEFT JOIN last_logins l ON l.person_id = u.id
  LEFT JOIN unconfirmed open ON open.person_id = u.id AND open.valid_to IS NULL
  LEFT JOIN runs confirming ON confirming.id = open.last_confirmed
  LEFT JOIN LATERAL (SELECT max(r.as_of) AS as_of FROM runs r WHERE r.status = 'published' AND r.scope = 'all') latest ON true
 WHERE EXISTS (SELECT FROM runs WHERE status = 'published');

CREATE OR REPLACE VIEW "directory"."role_grants" AS
SELECT u.user_id, u.email, r.scope::text AS scope, r.role_id, r.name AS role_name, b.bot_id, b.name AS bot_name,
       s.direct, s.via_groups, g.valid_from
  FROM role_grants g
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN bots b ON b.id = g.bot_ref
  LEFT JOIN LATERAL (
    SELECT bool_or(s.group_ref IS NULL) AS direct,
           CASE WHEN count(*) > 0
                THEN coalesce(array_agg(coalesce(v.name, v.group_id) ORDER BY coalesce(v.name, v.group_id) COLLATE "C")
                              FILTER (WHERE v.id IS NOT NULL), '{}') END AS via_groups
      FROM grant_sources s LEFT JOIN groups v ON v.id = s.group_ref
     WHERE s.grant_id = g.id AND s.valid_to IS NULL
  ) s ON true
 WHERE g.valid_to IS NULL AND EXISTS (SELECT FROM runs WHERE status = 'published');

CREATE OR REPLACE VIEW "directory"."group_memberships" AS
SELECT u.user_id, u.email, g.group_id, g.name AS group_name, m.valid_from
  FROM group_memberships m
  JOIN users u ON u.id = m.person_id
  JOIN groups g ON g.id = m.group_ref
 WHERE m.valid_to IS NULL AND EXISTS (SELECT FROM runs WHERE status = 'published');

CREATE OR REPLACE VIEW "directory"."task_assignments" AS
SELECT u.user_id, u.email, b.bot_id, t.task_kind::text AS task_kind, t.task_id, t.valid_from
  FROM task_assignments t
  JOIN users u ON u.id = t.person_id
  JOIN bots b ON b.id = t.bot_ref
 WHERE t.valid_to IS NULL AND EXISTS (SELECT FROM runs WHERE status = 'published');

CREATE OR REPLACE VIEW "directory"."effective_access" AS
SELECT u.user_id, u.email, r.scope::text AS scope, r.role_id, r.name AS role_name, b.bot_id, b.name AS bot_name,
       CASE WHEN s.id IS NULL THEN 'unknown' WHEN s.group_ref IS NULL THEN 'direct' ELSE 'group' END AS held_via,
       k.group_id, k.name AS group_name, coalesce(s.valid_from, g.valid_from) AS valid_from
  FROM role_grants g
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN bots b ON b.id = g.bot_ref
  LEFT JOIN grant_sources s ON s.grant_id = g.id AND s.valid_to IS NULL
  LEFT JOIN groups k ON k.id = s.group_ref
 WHERE g.valid_to IS NULL AND EXISTS (SELECT FROM runs WHERE status = 'published');

CREATE OR REPLACE VIEW "directory"."access_by_group" AS
SELECT k.group_id, k.name AS group_name, u.user_id, u.email, r.scope::text AS scope, r.role_id, r.name AS role_name,
       b.bot_id, b.name AS bot_name,
       NOT EXISTS (SELECT FROM grant_sources o WHERE o.grant_id = s.grant_id AND o.id <> s.id AND o.valid_to IS NULL) AS only_way,
       s.valid_from
  FROM grant_sources s
  JOIN groups k ON k.id = s.group_ref
  JOIN role_grants g ON g.id = s.grant_id
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN bots b ON b.id = g.bot_ref
 WHERE s.valid_to IS NULL AND EXISTS (SELECT FROM runs WHERE status = 'published');

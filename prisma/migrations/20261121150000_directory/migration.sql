-- What analysts read, completed: every night as it was, what changed between two of them, access by group, and
-- rights that end at schema `directory`.
--
-- Why the views "by night": a function that PostgreSQL can inline (so that a filter on a person or a role reaches an
-- index) runs with the rights of its caller, who may read no table. A view runs with the rights of its owner. So the
-- views hold every night, and the functions only choose one. They are written with BEGIN ATOMIC: what they mean was
-- settled here, and no search_path of a caller can change it.
--
-- Locks: CREATE INDEX keeps writers out of one table at a time; with a million users all of them take under a minute.
-- Nothing is rewritten. Older versions of the program run on this schema.

-- CreateIndex
CREATE INDEX "users_email_idx" ON "users"("email");

-- CreateIndex
CREATE INDEX "user_versions_email_idx" ON "user_versions"("email");

-- CreateIndex
CREATE INDEX "user_versions_person_id_valid_from_idx" ON "user_versions"("person_id", "valid_from");

-- CreateIndex
CREATE INDEX "role_grants_person_id_idx" ON "role_grants"("person_id");

-- CreateIndex
CREATE INDEX "grant_sources_grant_id_idx" ON "grant_sources"("grant_id");

-- CreateIndex
CREATE INDEX "grant_sources_open_group" ON "grant_sources"("group_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE INDEX "group_memberships_person_id_idx" ON "group_memberships"("person_id");

-- CreateIndex
CREATE INDEX "task_assignments_person_id_idx" ON "task_assignments"("person_id");

-- CreateIndex
CREATE INDEX "changes_email_idx" ON "changes"("email");

-- Changes of admin roles are few among millions. The condition reads as in the view `directory.changes`, or it would
-- not be recognised.
CREATE INDEX "changes_admin" ON "changes"("run_id")
  WHERE (CASE scope WHEN 'admin'::grant_scope THEN 'admin'::text WHEN 'bot'::grant_scope THEN 'bot'::text END = 'admin'::text);

-- The cast of an enum to text is not immutable, so no index can hold it: hence the CASE.
CREATE OR REPLACE VIEW "directory"."changes" AS
SELECT c.id AS change_id, c.run_id, r.as_of, c.not_before, c.kind::text AS kind, c.user_id, c.email,
       CASE c.scope WHEN 'admin' THEN 'admin'::text WHEN 'bot' THEN 'bot'::text END AS scope,
       c.role_id, c.role_name, c.bot_id, c.bot_name, c.group_id, c.group_name,
       c.task_kind::text AS task_kind, c.task_id, c.before, c.after
  FROM changes c JOIN runs r ON r.id = c.run_id;

-- Nights, and everything as it was on each.

CREATE VIEW "directory"."nights" AS
SELECT n.id AS run_id, n.key AS run_key, n.scope::text AS scope, n.opened_at, n.as_of, n.published_at, n.coverage,
       n.coverage < 1 AS partial, n.changes
  FROM runs n
 WHERE n.status = 'published';

CREATE VIEW "directory"."users_by_night" AS
SELECT n.id AS run_id, n.as_of, n.coverage, u.user_id, v.email, v.first_name, v.last_name, v.status,
       v.can_create_bot, v.is_developer, u.first_seen_at
  FROM runs n
  JOIN user_versions v ON v.valid_from <= n.as_of AND (v.valid_to IS NULL OR v.valid_to > n.as_of)
  JOIN users u ON u.id = v.person_id
 WHERE n.status = 'published';

CREATE VIEW "directory"."role_grants_by_night" AS
SELECT n.id AS run_id, n.as_of, n.coverage, u.user_id, v.email, r.scope::text AS scope, r.role_id, rn.name AS role_name,
       b.bot_id, bn.name AS bot_name, s.direct, s.via_groups, g.valid_from
  FROM runs n
  JOIN role_grants g ON g.valid_from <= n.as_of AND (g.valid_to IS NULL OR g.valid_to > n.as_of)
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN user_versions v ON v.person_id = g.person_id
    AND v.valid_from <= n.as_of AND (v.valid_to IS NULL OR v.valid_to > n.as_of)
  LEFT JOIN role_names rn ON rn.role_ref = g.role_ref
    AND rn.valid_from <= n.as_of AND (rn.valid_to IS NULL OR rn.valid_to > n.as_of)
  LEFT JOIN bots b ON b.id = g.bot_ref
  LEFT JOIN bot_names bn ON bn.bot_ref = g.bot_ref
    AND bn.valid_from <= n.as_of AND (bn.valid_to IS NULL OR bn.valid_to > n.as_of)
  LEFT JOIN LATERAL (
    SELECT bool_or(s.group_ref IS NULL) AS direct,
           CASE WHEN count(*) > 0
                THEN coalesce(array_agg(coalesce(kn.name, k.group_id) ORDER BY coalesce(kn.name, k.group_id) COLLATE "C")
                              FILTER (WHERE k.id IS NOT NULL), '{}') END AS via_groups
      FROM grant_sources s
      LEFT JOIN groups k ON k.id = s.group_ref
      LEFT JOIN group_names kn ON kn.group_ref = s.group_ref
        AND kn.valid_from <= n.as_of AND (kn.valid_to IS NULL OR kn.valid_to > n.as_of)
     WHERE s.grant_id = g.id AND s.valid_from <= n.as_of AND (s.valid_to IS NULL OR s.valid_to > n.as_of)
  ) s ON true
 WHERE n.status = 'published';

CREATE VIEW "directory"."group_memberships_by_night" AS
SELECT n.id AS run_id, n.as_of, n.coverage, u.user_id, v.email, k.group_id, kn.name AS group_name, m.valid_from
  FROM runs n
  JOIN group_memberships m ON m.valid_from <= n.as_of AND (m.valid_to IS NULL OR m.valid_to > n.as_of)
  JOIN users u ON u.id = m.person_id
  JOIN groups k ON k.id = m.group_ref
  LEFT JOIN user_versions v ON v.person_id = m.person_id
    AND v.valid_from <= n.as_of AND (v.valid_to IS NULL OR v.valid_to > n.as_of)
  LEFT JOIN group_names kn ON kn.group_ref = m.group_ref
    AND kn.valid_from <= n.as_of AND (kn.valid_to IS NULL OR kn.valid_to > n.as_of)
 WHERE n.status = 'published';

CREATE VIEW "directory"."task_assignments_by_night" AS
SELECT n.id AS run_id, n.as_of, n.coverage, u.user_id, v.email, b.bot_id, t.task_kind::text AS task_kind, t.task_id,
       t.valid_from
  FROM runs n
  JOIN task_assignments t ON t.valid_from <= n.as_of AND (t.valid_to IS NULL OR t.valid_to > n.as_of)
  JOIN users u ON u.id = t.person_id
  JOIN bots b ON b.id = t.bot_ref
  LEFT JOIN user_versions v ON v.person_id = t.person_id
    AND v.valid_from <= n.as_of AND (v.valid_to IS NULL OR v.valid_to > n.as_of)
 WHERE n.status = 'published';

CREATE FUNCTION "directory"."night_at"("at" timestamptz)
RETURNS TABLE (run_id bigint, run_key text, scope text, as_of timestamptz, published_at timestamptz, coverage numeric,
               partial boolean)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
  SELECT n.run_id, n.run_key, n.scope, n.as_of, n.published_at, n.coverage, n.partial
    FROM "directory"."nights" n
   WHERE n.as_of <= night_at.at
   ORDER BY n.as_of DESC
   LIMIT 1;
END;

CREATE OR REPLACE FUNCTION "directory"."users_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, first_name text, last_name text, status text, can_create_bot boolean,
               is_developer boolean, first_seen_at timestamptz)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
  SELECT v.user_id, v.email, v.first_name, v.last_name, v.status, v.can_create_bot, v.is_developer, v.first_seen_at
    FROM "directory"."users_by_night" v
   WHERE v.as_of = (SELECT max(n.as_of) FROM "directory"."nights" n WHERE n.as_of <= users_as_of.at);
END;

CREATE OR REPLACE FUNCTION "directory"."role_grants_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, scope text, role_id text, role_name text, bot_id text, bot_name text,
               direct boolean, via_groups text[], valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
  SELECT g.user_id, g.email, g.scope, g.role_id, g.role_name, g.bot_id, g.bot_name, g.direct, g.via_groups, g.valid_from
    FROM "directory"."role_grants_by_night" g
   WHERE g.as_of = (SELECT max(n.as_of) FROM "directory"."nights" n WHERE n.as_of <= role_grants_as_of.at);
END;

CREATE OR REPLACE FUNCTION "directory"."group_memberships_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, group_id text, group_name text, valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
  SELECT m.user_id, m.email, m.group_id, m.group_name, m.valid_from
    FROM "directory"."group_memberships_by_night" m
   WHERE m.as_of = (SELECT max(n.as_of) FROM "directory"."nights" n WHERE n.as_of <= group_memberships_as_of.at);
END;

CREATE OR REPLACE FUNCTION "directory"."task_assignments_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, bot_id text, task_kind text, task_id text, valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
  SELECT t.user_id, t.email, t.bot_id, t.task_kind, t.task_id, t.valid_from
    FROM "directory"."task_assignments_by_night" t
   WHERE t.as_of = (SELECT max(n.as_of) FROM "directory"."nights" n WHERE n.as_of <= task_assignments_as_of.at);
END;

-- From when to when.

CREATE VIEW "directory"."user_history" AS
SELECT u.user_id, v.email, v.first_name, v.last_name, v.status, v.can_create_bot, v.is_developer, v.valid_from, v.valid_to
  FROM user_versions v JOIN users u ON u.id = v.person_id;

CREATE VIEW "directory"."role_grant_history" AS
SELECT u.user_id, u.email, r.scope::text AS scope, r.role_id, r.name AS role_name, b.bot_id, b.name AS bot_name,
       g.valid_from, g.valid_to
  FROM role_grants g
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN bots b ON b.id = g.bot_ref;

CREATE VIEW "directory"."group_membership_history" AS
SELECT u.user_id, u.email, k.group_id, k.name AS group_name, m.valid_from, m.valid_to
  FROM group_memberships m
  JOIN users u ON u.id = m.person_id
  JOIN groups k ON k.id = m.group_ref;

CREATE VIEW "directory"."task_assignment_history" AS
SELECT u.user_id, u.email, b.bot_id, t.task_kind::text AS task_kind, t.task_id, t.valid_from, t.valid_to
  FROM task_assignments t
  JOIN users u ON u.id = t.person_id
  JOIN bots b ON b.id = t.bot_ref;

-- Through what.

CREATE VIEW "directory"."effective_access" AS
SELECT u.user_id, u.email, r.scope::text AS scope, r.role_id, r.name AS role_name, b.bot_id, b.name AS bot_name,
       CASE WHEN s.id IS NULL THEN 'unknown' WHEN s.group_ref IS NULL THEN 'direct' ELSE 'group' END AS held_via,
       k.group_id, k.name AS group_name, coalesce(s.valid_from, g.valid_from) AS valid_from
  FROM role_grants g
  JOIN users u ON u.id = g.person_id
  JOIN roles r ON r.id = g.role_ref
  LEFT JOIN bots b ON b.id = g.bot_ref
  LEFT JOIN grant_sources s ON s.grant_id = g.id AND s.valid_to IS NULL
  LEFT JOIN groups k ON k.id = s.group_ref
 WHERE g.valid_to IS NULL;

CREATE VIEW "directory"."access_by_group" AS
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
 WHERE s.valid_to IS NULL;

-- How many. A person who holds a role on several bots is one holder and several grants, so their first and their last
-- grant count: `before` and `now` are how many of them the person has around an instant.

CREATE VIEW "directory"."role_holders_over_time" AS
SELECT c.run_id, c.as_of, c.coverage, r.scope::text AS scope, r.role_id, r.name AS role_name, c.holders, c.grants
  FROM roles r
  CROSS JOIN LATERAL (
    SELECT n.id AS run_id, n.as_of, n.coverage,
           sum(coalesce(m.holders, 0)) OVER (ORDER BY n.as_of)::integer AS holders,
           sum(coalesce(m.grants, 0)) OVER (ORDER BY n.as_of)::integer AS grants
      FROM runs n
      LEFT JOIN (
        SELECT h.at, sum((h.now > 0)::integer - (h.before > 0)::integer) AS holders, sum(h.now - h.before) AS grants
          FROM (
            SELECT e.at, sum(sum(e.step)) OVER w AS now, sum(sum(e.step)) OVER w - sum(e.step) AS before
              FROM (
                SELECT g.person_id, g.valid_from AS at, 1 AS step FROM role_grants g WHERE g.role_ref = r.id
                UNION ALL
                SELECT g.person_id, g.valid_to, -1 FROM role_grants g WHERE g.role_ref = r.id AND g.valid_to IS NOT NULL
              ) e
             GROUP BY e.person_id, e.at
            WINDOW w AS (PARTITION BY e.person_id ORDER BY e.at)
          ) h
         GROUP BY h.at
      ) m ON m.at = n.as_of
     WHERE n.status = 'published' AND n.as_of >= (SELECT min(rn.valid_from) FROM role_names rn WHERE rn.role_ref = r.id)
  ) c;

-- What is different on one night from another. The audit log says what to look at (I4: nothing else changed), the
-- history what it was on both nights.

CREATE VIEW "directory"."net_changes" AS
WITH pair AS NOT MATERIALIZED (
  SELECT f.id AS from_run_id, t.id AS to_run_id, f.as_of AS from_as_of, t.as_of AS to_as_of
    FROM runs f JOIN runs t ON t.as_of > f.as_of
   WHERE f.status = 'published' AND t.status = 'published'
), logged AS NOT MATERIALIZED (
  SELECT p.*, c.kind, c.user_id, c.scope, c.role_id, c.bot_id, c.group_id, c.task_kind, c.task_id
    FROM pair p
    JOIN runs n ON n.status = 'published' AND n.as_of > p.from_as_of AND n.as_of <= p.to_as_of
    JOIN changes c ON c.run_id = n.id
)
SELECT k.from_run_id, k.to_run_id, k.from_as_of, k.to_as_of, d.kind, k.user_id, a.email, NULL::text AS scope,
       NULL::text AS role_id, NULL::text AS role_name, NULL::text AS bot_id, NULL::text AS bot_name,
       NULL::text AS group_id, NULL::text AS group_name, NULL::text AS task_kind, NULL::text AS task_id, d.before, d.after
  FROM (
    SELECT DISTINCT from_run_id, to_run_id, from_as_of, to_as_of, user_id FROM logged WHERE user_id IS NOT NULL
  ) k
  JOIN users u ON u.user_id = k.user_id
  LEFT JOIN LATERAL (
    SELECT v.*, v.valid_to IS NULL OR v.valid_to > k.from_as_of AS present FROM user_versions v
     WHERE v.person_id = u.id AND v.valid_from <= k.from_as_of ORDER BY v.valid_from DESC LIMIT 1
  ) b ON true
  JOIN LATERAL (
    SELECT v.*, v.valid_to IS NULL OR v.valid_to > k.to_as_of AS present FROM user_versions v
     WHERE v.person_id = u.id AND v.valid_from <= k.to_as_of ORDER BY v.valid_from DESC LIMIT 1
  ) a ON true
  CROSS JOIN LATERAL (
    SELECT 'user_added'::text AS kind, NULL::jsonb AS before, NULL::jsonb AS after WHERE b.id IS NULL AND a.present
    UNION ALL SELECT 'user_restored', NULL, NULL WHERE NOT b.present AND a.present
    UNION ALL SELECT 'user_removed', NULL, NULL WHERE b.present AND NOT a.present
    UNION ALL
    SELECT x.kind, x.before, x.after
      FROM (VALUES
        ('email_changed', to_jsonb(b.email), to_jsonb(a.email), b.email IS DISTINCT FROM a.email),
        ('name_changed',
         to_jsonb(CASE WHEN b.first_name IS NOT NULL OR b.last_name IS NOT NULL
                       THEN concat_ws(' ', nullif(b.first_name, ''), nullif(b.last_name, '')) END),
         to_jsonb(CASE WHEN a.first_name IS NOT NULL OR a.last_name IS NOT NULL
                       THEN concat_ws(' ', nullif(a.first_name, ''), nullif(a.last_name, '')) END),
         (b.first_name, b.last_name) IS DISTINCT FROM (a.first_name, a.last_name)),
        ('status_changed', to_jsonb(b.status), to_jsonb(a.status), lower(b.status) IS DISTINCT FROM lower(a.status)),
        ('developer_changed', to_jsonb(b.is_developer), to_jsonb(a.is_developer), b.is_developer IS DISTINCT FROM a.is_developer),
        ('bot_creation_changed', to_jsonb(b.can_create_bot), to_jsonb(a.can_create_bot),
         b.can_create_bot IS DISTINCT FROM a.can_create_bot)
      ) AS x (kind, before, after, differs)
     WHERE x.differs AND b.id IS NOT NULL AND a.present
  ) d
UNION ALL
SELECT k.from_run_id, k.to_run_id, k.from_as_of, k.to_as_of,
       CASE WHEN b.id IS NULL THEN 'role_granted' WHEN a.id IS NULL THEN 'role_revoked' ELSE 'role_source_changed' END,
       k.user_id, v.email, r.scope::text, k.role_id, rn.name, k.bot_id, bn.name, NULL, NULL, NULL, NULL,
       CASE WHEN b.id IS NOT NULL THEN jsonb_build_object('direct', bs.direct, 'via_groups', bs.via_groups) END,
       CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('direct', sa.direct, 'via_groups', sa.via_groups) END
  FROM (
    SELECT DISTINCT from_run_id, to_run_id, from_as_of, to_as_of, user_id, scope, role_id, bot_id FROM logged
     WHERE kind IN ('role_granted', 'role_revoked', 'role_source_changed')
  ) k
  JOIN users u ON u.user_id = k.user_id
  JOIN roles r ON r.role_id = k.role_id AND r.scope = k.scope
  LEFT JOIN bots o ON o.bot_id = k.bot_id
  LEFT JOIN LATERAL (
    SELECT g.id FROM role_grants g
     WHERE g.person_id = u.id AND g.role_ref = r.id AND g.bot_ref IS NOT DISTINCT FROM o.id
       AND g.valid_from <= k.from_as_of AND (g.valid_to IS NULL OR g.valid_to > k.from_as_of) LIMIT 1
  ) b ON true
  LEFT JOIN LATERAL (
    SELECT g.id FROM role_grants g
     WHERE g.person_id = u.id AND g.role_ref = r.id AND g.bot_ref IS NOT DISTINCT FROM o.id
       AND g.valid_from <= k.to_as_of AND (g.valid_to IS NULL OR g.valid_to > k.to_as_of) LIMIT 1
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT bool_or(s.group_ref IS NULL) AS direct, array_agg(s.group_ref ORDER BY s.group_ref) AS refs,
           CASE WHEN count(*) > 0
                THEN coalesce(array_agg(coalesce(x.name, q.group_id) ORDER BY coalesce(x.name, q.group_id) COLLATE "C")
                              FILTER (WHERE q.id IS NOT NULL), '{}') END AS via_groups
      FROM grant_sources s
      LEFT JOIN groups q ON q.id = s.group_ref
      LEFT JOIN group_names x ON x.group_ref = s.group_ref
        AND x.valid_from <= k.from_as_of AND (x.valid_to IS NULL OR x.valid_to > k.from_as_of)
     WHERE s.grant_id = b.id AND s.valid_from <= k.from_as_of AND (s.valid_to IS NULL OR s.valid_to > k.from_as_of)
  ) bs ON true
  LEFT JOIN LATERAL (
    SELECT bool_or(s.group_ref IS NULL) AS direct, array_agg(s.group_ref ORDER BY s.group_ref) AS refs,
           CASE WHEN count(*) > 0
                THEN coalesce(array_agg(coalesce(x.name, q.group_id) ORDER BY coalesce(x.name, q.group_id) COLLATE "C")
                              FILTER (WHERE q.id IS NOT NULL), '{}') END AS via_groups
      FROM grant_sources s
      LEFT JOIN groups q ON q.id = s.group_ref
      LEFT JOIN group_names x ON x.group_ref = s.group_ref
        AND x.valid_from <= k.to_as_of AND (x.valid_to IS NULL OR x.valid_to > k.to_as_of)
     WHERE s.grant_id = a.id AND s.valid_from <= k.to_as_of AND (s.valid_to IS NULL OR s.valid_to > k.to_as_of)
  ) sa ON true
  LEFT JOIN LATERAL (
    SELECT x.email FROM user_versions x WHERE x.person_id = u.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) v ON true
  LEFT JOIN LATERAL (
    SELECT x.name FROM role_names x WHERE x.role_ref = r.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) rn ON true
  LEFT JOIN LATERAL (
    SELECT x.name FROM bot_names x WHERE x.bot_ref = o.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) bn ON true
 -- I12: where the platform no longer says through what a role is held, that is no change.
 WHERE (b.id IS NULL) <> (a.id IS NULL) OR a.id IS NOT NULL AND sa.refs IS NOT NULL AND bs.refs IS DISTINCT FROM sa.refs
UNION ALL
SELECT k.from_run_id, k.to_run_id, k.from_as_of, k.to_as_of, CASE WHEN b.held THEN 'group_left' ELSE 'group_joined' END,
       k.user_id, v.email, NULL, NULL, NULL, NULL, NULL, k.group_id, kn.name, NULL, NULL, NULL, NULL
  FROM (
    SELECT DISTINCT from_run_id, to_run_id, from_as_of, to_as_of, user_id, group_id FROM logged
     WHERE kind IN ('group_joined', 'group_left')
  ) k
  JOIN users u ON u.user_id = k.user_id
  JOIN groups q ON q.group_id = k.group_id
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM group_memberships m WHERE m.person_id = u.id AND m.group_ref = q.id
       AND m.valid_from <= k.from_as_of AND (m.valid_to IS NULL OR m.valid_to > k.from_as_of)) AS held
  ) b
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM group_memberships m WHERE m.person_id = u.id AND m.group_ref = q.id
       AND m.valid_from <= k.to_as_of AND (m.valid_to IS NULL OR m.valid_to > k.to_as_of)) AS held
  ) a
  LEFT JOIN LATERAL (
    SELECT x.email FROM user_versions x WHERE x.person_id = u.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) v ON true
  LEFT JOIN LATERAL (
    SELECT x.name FROM group_names x WHERE x.group_ref = q.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) kn ON true
 WHERE b.held <> a.held
UNION ALL
SELECT k.from_run_id, k.to_run_id, k.from_as_of, k.to_as_of,
       CASE WHEN b.held THEN 'task_unassigned' ELSE 'task_assigned' END,
       k.user_id, v.email, NULL, NULL, NULL, k.bot_id, bn.name, NULL, NULL, k.task_kind::text, k.task_id, NULL, NULL
  FROM (
    SELECT DISTINCT from_run_id, to_run_id, from_as_of, to_as_of, user_id, bot_id, task_kind, task_id FROM logged
     WHERE kind IN ('task_assigned', 'task_unassigned')
  ) k
  JOIN users u ON u.user_id = k.user_id
  JOIN bots o ON o.bot_id = k.bot_id
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM task_assignments t
       WHERE t.person_id = u.id AND t.bot_ref = o.id AND t.task_kind = k.task_kind AND t.task_id = k.task_id
         AND t.valid_from <= k.from_as_of AND (t.valid_to IS NULL OR t.valid_to > k.from_as_of)) AS held
  ) b
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM task_assignments t
       WHERE t.person_id = u.id AND t.bot_ref = o.id AND t.task_kind = k.task_kind AND t.task_id = k.task_id
         AND t.valid_from <= k.to_as_of AND (t.valid_to IS NULL OR t.valid_to > k.to_as_of)) AS held
  ) a
  LEFT JOIN LATERAL (
    SELECT x.email FROM user_versions x WHERE x.person_id = u.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) v ON true
  LEFT JOIN LATERAL (
    SELECT x.name FROM bot_names x WHERE x.bot_ref = o.id AND x.valid_from <= k.to_as_of ORDER BY x.valid_from DESC LIMIT 1
  ) bn ON true
 WHERE b.held <> a.held
UNION ALL
SELECT p.from_run_id, p.to_run_id, p.from_as_of, p.to_as_of, 'role_renamed', NULL, NULL, r.scope::text, r.role_id, a.name,
       NULL, NULL, NULL, NULL, NULL, NULL, to_jsonb(b.name), to_jsonb(a.name)
  FROM pair p
  JOIN role_names a ON a.valid_from > p.from_as_of AND a.valid_from <= p.to_as_of AND (a.valid_to IS NULL OR a.valid_to > p.to_as_of)
  JOIN role_names b ON b.role_ref = a.role_ref AND b.valid_from <= p.from_as_of AND b.valid_to > p.from_as_of
  JOIN roles r ON r.id = a.role_ref
 WHERE b.name IS DISTINCT FROM a.name
UNION ALL
SELECT p.from_run_id, p.to_run_id, p.from_as_of, p.to_as_of, 'group_renamed', NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, k.group_id, a.name, NULL, NULL, to_jsonb(b.name), to_jsonb(a.name)
  FROM pair p
  JOIN group_names a ON a.valid_from > p.from_as_of AND a.valid_from <= p.to_as_of AND (a.valid_to IS NULL OR a.valid_to > p.to_as_of)
  JOIN group_names b ON b.group_ref = a.group_ref AND b.valid_from <= p.from_as_of AND b.valid_to > p.from_as_of
  JOIN groups k ON k.id = a.group_ref
 WHERE b.name IS DISTINCT FROM a.name
UNION ALL
SELECT p.from_run_id, p.to_run_id, p.from_as_of, p.to_as_of, 'bot_renamed', NULL, NULL, NULL, NULL, NULL,
       o.bot_id, a.name, NULL, NULL, NULL, NULL, to_jsonb(b.name), to_jsonb(a.name)
  FROM pair p
  JOIN bot_names a ON a.valid_from > p.from_as_of AND a.valid_from <= p.to_as_of AND (a.valid_to IS NULL OR a.valid_to > p.to_as_of)
  JOIN bot_names b ON b.bot_ref = a.bot_ref AND b.valid_from <= p.from_as_of AND b.valid_to > p.from_as_of
  JOIN bots o ON o.id = a.bot_ref
 WHERE b.name IS DISTINCT FROM a.name;

-- Before the first night nobody had looked, so an earlier instant stands for the first night: what that one found is
-- no change.
CREATE FUNCTION "directory"."changes_between"("from" timestamptz, "to" timestamptz)
RETURNS TABLE (kind text, user_id text, email text, scope text, role_id text, role_name text, bot_id text, bot_name text,
               group_id text, group_name text, task_kind text, task_id text, before jsonb, after jsonb)
LANGUAGE sql STABLE ROWS 1000
BEGIN ATOMIC
  SELECT c.kind, c.user_id, c.email, c.scope, c.role_id, c.role_name, c.bot_id, c.bot_name, c.group_id, c.group_name,
         c.task_kind, c.task_id, c.before, c.after
    FROM "directory"."net_changes" c
   WHERE c.from_as_of = (SELECT coalesce(max(n.as_of) FILTER (WHERE n.as_of <= changes_between."from"), min(n.as_of))
                           FROM "directory"."nights" n)
     AND c.to_as_of = (SELECT max(n.as_of) FROM "directory"."nights" n WHERE n.as_of <= changes_between."to");
END;

CREATE OR REPLACE FUNCTION "directory"."dormant_admins"("days" integer)
RETURNS TABLE (user_id text, email text, role_id text, role_name text, last_login timestamptz, first_seen_at timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT g.user_id, g.email, g.role_id, g.role_name, u.last_login, u.first_seen_at
    FROM "directory"."role_grants" g JOIN "directory"."users" u ON u.user_id = g.user_id
   WHERE g.scope = 'admin'
     AND coalesce(u.last_login, u.first_seen_at) < statement_timestamp() - make_interval(days => dormant_admins.days);
END;

-- What everything means: `\d+ directory.role_grants`, `\df+ directory.*`.

COMMENT ON VIEW "directory"."nights" IS 'The published runs: what was the truth from one as_of to the next. Runs of scope ''retry'' asked only about what another run had left unanswered.';
COMMENT ON VIEW "directory"."users_by_night" IS 'One row per published night and user of that night; removed users are left out. A year of nights is long: restrict run_id, as_of or the user. directory.users_as_of(instant) chooses the night.';
COMMENT ON VIEW "directory"."role_grants_by_night" IS 'One row per published night and grant held on it, names as they were then. A year of nights is long: restrict run_id, as_of, the user or the role. directory.role_grants_as_of(instant) chooses the night.';
COMMENT ON VIEW "directory"."group_memberships_by_night" IS 'One row per published night and membership held on it, names as they were then. A year of nights is long: restrict run_id, as_of, the user or the group. directory.group_memberships_as_of(instant) chooses the night.';
COMMENT ON VIEW "directory"."task_assignments_by_night" IS 'One row per published night and task assigned on it. A year of nights is long: restrict run_id, as_of or the user. directory.task_assignments_as_of(instant) chooses the night.';
COMMENT ON VIEW "directory"."user_history" IS 'One row per user and stretch of nights in which the attributes stayed the same; nights on which the user was removed are in no stretch.';
COMMENT ON VIEW "directory"."role_grant_history" IS 'One row per grant ever held and stretch of nights without a break; names and emails as they are now.';
COMMENT ON VIEW "directory"."group_membership_history" IS 'One row per membership ever held and stretch of nights without a break; names and emails as they are now.';
COMMENT ON VIEW "directory"."task_assignment_history" IS 'One row per task ever assigned and stretch of nights without a break.';
COMMENT ON VIEW "directory"."effective_access" IS 'Who can do what now, and how: one row per grant and way in which it is held, directly or through one group each. directory.role_grants has one row per grant.';
COMMENT ON VIEW "directory"."access_by_group" IS 'What a group gives now: one row per group, member and grant held through it.';
COMMENT ON VIEW "directory"."role_holders_over_time" IS 'How many people hold each role, night by night since the role was first seen; for charts.';
COMMENT ON VIEW "directory"."net_changes" IS 'What is different on one published night from an earlier one: one row per pair of nights and difference. Always restrict both nights. directory.changes_between(instant, instant) chooses them.';
COMMENT ON FUNCTION "directory"."night_at"(timestamptz) IS 'The published night that was the truth at an instant, with its coverage; no row before the first night. What it asked without an answer stands as it was before.';
COMMENT ON FUNCTION "directory"."users_as_of"(timestamptz) IS 'Users as of an instant; columns as in directory.users without those that only mean now. Removed users are left out. directory.night_at says which night that is, and its coverage.';
COMMENT ON FUNCTION "directory"."role_grants_as_of"(timestamptz) IS 'Role grants as of an instant; columns as in directory.role_grants, names and emails as they were then. directory.night_at says which night that is, and its coverage.';
COMMENT ON FUNCTION "directory"."group_memberships_as_of"(timestamptz) IS 'Group memberships as of an instant; columns as in directory.group_memberships, names and emails as they were then.';
COMMENT ON FUNCTION "directory"."task_assignments_as_of"(timestamptz) IS 'Task assignments as of an instant; columns as in directory.task_assignments, emails as they were then.';
COMMENT ON FUNCTION "directory"."changes_between"(timestamptz, timestamptz) IS 'Net change between two instants: what came and went in between is left out. Columns as in directory.changes without the run''s. An instant before the first night stands for the first night; nothing where both are the same night.';
COMMENT ON FUNCTION "directory"."dormant_admins"(integer) IS 'Holders of admin roles without a login for so many days; who never logged in counts from first_seen_at.';

DO $$
DECLARE
  target record;
BEGIN
  -- The first pattern that fits says what a column means; columns that mean what they mean elsewhere take it from there.
  FOR target IN
    SELECT v.relname, a.attname, coalesce(own.comment, col_description(base.oid, origin.attnum)) AS comment
      FROM pg_class v
      JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
      LEFT JOIN LATERAL (
        SELECT w.comment
          FROM (VALUES
            (0, 'nights', 'run_id', 'Ascending in the order in which runs were opened.'),
            (1, 'nights', 'scope', '''all'': the whole roster. ''retry'': only what another run left unanswered.'),
            (2, 'nights', 'opened_at', 'When the run began: what it saw, it saw from here to as_of.'),
            (3, 'nights', 'as_of', 'The instant of its last answer; what it found counts from here to the next night''s as_of.'),
            (4, 'nights', 'changes', 'Number of changes it published; none on the first night.'),
            (5, 'role_holders_over_time', 'role_name', 'Current name of the role, so that a chart has one line for it.'),
            (6, 'role_holders_over_time', 'holders', 'People who held it that night, on however many bots.'),
            (7, 'role_holders_over_time', 'grants', 'Grants of it that night: a person counts once for each bot.'),
            (8, 'effective_access', 'held_via', '''direct'', ''group'', or ''unknown'' where the platform never said.'),
            (9, 'effective_access', 'group_id', 'The group through which it is held; null unless held_via is ''group''.'),
            (10, 'effective_access', 'group_name', 'Its current name.'),
            (11, 'effective_access', 'valid_from', 'as_of of the night since which it has been held in this way without a break.'),
            (12, 'access_by_group', 'only_way', 'Held in no other way: who leaves the group loses it.'),
            (13, 'access_by_group', 'valid_from', 'as_of of the night since which it has been held through this group without a break.'),
            (14, 'net_changes', 'from_run_id', 'The earlier night.'),
            (15, 'net_changes', 'to_run_id', 'The later night.'),
            (16, 'net_changes', 'from_as_of', 'as_of of the earlier night.'),
            (17, 'net_changes', 'to_as_of', 'as_of of the later night.'),
            (18, 'net_changes', 'email', 'The email of that user on the later night; of a removed one the last.'),
            (19, 'net_changes', '%\_name', 'Its name on the later night.'),
            (20, 'net_changes', 'before', 'On the earlier night: the bare value of an attribute or a name; {"direct", "via_groups"} for a grant; null where there was nothing.'),
            (21, 'net_changes', 'after', 'As before, for the later night.'),
            (22, 'user\_history', 'email', 'Email address during the stretch.'),
            (23, 'user\_history', 'valid_from', 'as_of of the night with which the stretch begins.'),
            (24, '%\_history', 'valid_from', 'as_of of the night since which it was held without a break.'),
            (25, '%\_history', 'valid_to', 'as_of of the first night that did not show it so any more; null where it still holds.'),
            (26, '%\_by\_night', 'as_of', 'The instant of that night''s last answer.'),
            (27, '%', 'run_id', 'The night, see directory.nights.'),
            (28, '%', 'coverage', 'Share of the entries asked about that night that were answered, 0 to 1; what was not answered stands as it was before.'),
            (29, '%\_by\_night', 'email', 'Email of that person on that night.'),
            (30, '%\_by\_night', '%\_name', 'Its name on that night.'),
            (31, 'users\_by\_night', '%name', 'Name of that person on that night.'),
            (32, '%\_by\_night', 'via_groups', 'Names, as they were that night, of the groups through which it was held, sorted; empty where held only directly. Null where the platform never said.'),
            (33, '%\_by\_night', 'valid_from', 'as_of of the night since which, on that night, it had been held without a break.'),
            (34, '%', 'as_of', 'The instant of that night''s last answer.')
          ) AS w (rank, view, col, comment)
         WHERE v.relname LIKE w.view AND a.attname LIKE w.col AND (w.rank <> 30 OR v.relname <> 'users_by_night')
         ORDER BY w.rank LIMIT 1
      ) own ON true
      LEFT JOIN LATERAL (
        SELECT o.oid, o.preference
          FROM (SELECT c.oid, array_position(ARRAY['runs', 'users', 'changes', 'role_grants', 'group_memberships', 'task_assignments'],
                         c.relname::text) AS preference
                  FROM pg_class c WHERE c.relnamespace = 'directory'::regnamespace) o
          JOIN pg_attribute oa ON oa.attrelid = o.oid AND oa.attname = a.attname
         WHERE o.preference IS NOT NULL
         ORDER BY CASE WHEN v.relname = 'nights' THEN o.preference
                       WHEN v.relname = 'net_changes' THEN abs(o.preference - 3)
                       WHEN v.relname LIKE 'user%' THEN abs(o.preference - 2)
                       ELSE -o.preference END
         LIMIT 1
      ) base ON true
      LEFT JOIN pg_attribute origin ON origin.attrelid = base.oid AND origin.attname = a.attname
     WHERE v.relnamespace = 'directory'::regnamespace AND v.relkind = 'v' AND col_description(v.oid, a.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN directory.%I.%I IS %L', target.relname, target.attname, target.comment);
  END LOOP;
END $$;

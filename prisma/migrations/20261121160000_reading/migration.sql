-- What a person's timeline needs beside the changes: who had which address when, on which nights nobody could say
-- anything about a person, and what roles, bots and groups were called when.
-- Locks nothing: every view is new. Older versions of the program run on this schema.

CREATE VIEW "directory"."unconfirmed" AS
SELECT u.user_id, u.email, last.id AS last_confirmed_run_id, last.as_of AS last_confirmed_at, s.valid_from, s.valid_to
  FROM unconfirmed s
  JOIN users u ON u.id = s.person_id
  LEFT JOIN runs last ON last.id = s.last_confirmed;

COMMENT ON VIEW "directory"."unconfirmed" IS 'One row per person and stretch of nights without a usable answer about them: what the other views say of them then is what was known before.';
COMMENT ON COLUMN "directory"."unconfirmed"."user_id" IS 'Kore.ai''s user id.';
COMMENT ON COLUMN "directory"."unconfirmed"."email" IS 'Current email of that person.';
COMMENT ON COLUMN "directory"."unconfirmed"."last_confirmed_run_id" IS 'The last night that confirmed them before the stretch; null where none had.';
COMMENT ON COLUMN "directory"."unconfirmed"."last_confirmed_at" IS 'as_of of that night.';
COMMENT ON COLUMN "directory"."unconfirmed"."valid_from" IS 'as_of of the first night without an answer.';
COMMENT ON COLUMN "directory"."unconfirmed"."valid_to" IS 'as_of of the night that confirmed them again; null where none has.';

CREATE VIEW "directory"."role_names" AS
SELECT r.scope::text AS scope, r.role_id, n.name AS role_name, n.valid_from, n.valid_to
  FROM roles r JOIN role_names n ON n.role_ref = r.id;

COMMENT ON VIEW "directory"."role_names" IS 'Every role there ever was and what it was called when; the present names have valid_to null.';
COMMENT ON COLUMN "directory"."role_names"."scope" IS '''bot'': a role on one bot. ''admin'': a role on the account.';
COMMENT ON COLUMN "directory"."role_names"."role_id" IS 'Kore.ai''s role id.';
COMMENT ON COLUMN "directory"."role_names"."role_name" IS 'Its name during the stretch; null where the platform never said.';
COMMENT ON COLUMN "directory"."role_names"."valid_from" IS 'as_of of the night with which the stretch begins.';
COMMENT ON COLUMN "directory"."role_names"."valid_to" IS 'as_of of the night that showed another name; null where it still holds.';

CREATE VIEW "directory"."bot_names" AS
SELECT b.bot_id, n.name AS bot_name, n.valid_from, n.valid_to
  FROM bots b JOIN bot_names n ON n.bot_ref = b.id;

COMMENT ON VIEW "directory"."bot_names" IS 'Every bot there ever was and what it was called when; the present names have valid_to null.';
COMMENT ON COLUMN "directory"."bot_names"."bot_id" IS 'Kore.ai''s bot id.';
COMMENT ON COLUMN "directory"."bot_names"."bot_name" IS 'Its name during the stretch; null where the platform never said.';
COMMENT ON COLUMN "directory"."bot_names"."valid_from" IS 'as_of of the night with which the stretch begins.';
COMMENT ON COLUMN "directory"."bot_names"."valid_to" IS 'as_of of the night that showed another name; null where it still holds.';

CREATE VIEW "directory"."group_names" AS
SELECT g.group_id, n.name AS group_name, n.valid_from, n.valid_to
  FROM groups g JOIN group_names n ON n.group_ref = g.id;

COMMENT ON VIEW "directory"."group_names" IS 'Every group there ever was and what it was called when; the present names have valid_to null.';
COMMENT ON COLUMN "directory"."group_names"."group_id" IS 'Kore.ai''s group id.';
COMMENT ON COLUMN "directory"."group_names"."group_name" IS 'Its name during the stretch; null where the platform never said.';
COMMENT ON COLUMN "directory"."group_names"."valid_from" IS 'as_of of the night with which the stretch begins.';
COMMENT ON COLUMN "directory"."group_names"."valid_to" IS 'as_of of the night that showed another name; null where it still holds.';

-- Decisions on nights that went wrong: the figures the guard judged stay with the run, so that whoever decides
-- reads them; canaries belong to the run that was opened with them; `unobserved` says since when a part of
-- somebody's state has not been seen, so that a change of it is dated honestly.
-- Locks `runs`, `users` and `planned_users` for a moment each: the columns are new, may be null and rewrite nothing.

-- AlterTable
ALTER TABLE "runs" ADD COLUMN "figures" JSONB;

-- AlterTable
ALTER TABLE "users" ADD COLUMN "unobserved" JSONB;

-- AlterTable
ALTER TABLE "planned_users" ADD COLUMN "unobserved" JSONB;

-- CreateTable
CREATE TABLE "canaries" (
    "run_id" BIGINT NOT NULL,
    "line" INTEGER NOT NULL,
    "entry" TEXT NOT NULL,
    "entry_kind" "entry_kind" NOT NULL,
    "scope" "grant_scope",
    "role" TEXT,
    "bot" TEXT,

    CONSTRAINT "canaries_pkey" PRIMARY KEY ("run_id","line")
);

COMMENT ON TABLE "canaries" IS 'Staging: entries that must come back with the roles they name, as the run was opened with them.';
COMMENT ON COLUMN "runs"."figures" IS 'What the guard judged: counts of the plan and of what was current before it.';
COMMENT ON COLUMN "users"."unobserved" IS 'Parts of the known state that the last answer did not show, each with the opening of the last run that did; null where it showed all.';

-- A retry confirms people without being the latest night: somebody whom it added was seen later than that.
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
  LEFT JOIN LATERAL (SELECT max(r.as_of) AS as_of FROM runs r WHERE r.status = 'published' AND r.scope = 'all') latest ON true;

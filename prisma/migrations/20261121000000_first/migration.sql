-- The whole schema: tables as schema.prisma has them, then what Prisma cannot say, then schema `directory`.
-- Locks nothing: every object is new.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "run_trigger" AS ENUM ('schedule', 'catch-up', 'manual');

-- CreateEnum
CREATE TYPE "run_scope" AS ENUM ('all', 'retry');

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('open', 'planned', 'held', 'published', 'rejected', 'superseded', 'failed');

-- CreateEnum
CREATE TYPE "entry_kind" AS ENUM ('email', 'org_user_id');

-- CreateEnum
CREATE TYPE "batch_status" AS ENUM ('pending', 'answered', 'given_up', 'split');

-- CreateEnum
CREATE TYPE "answer_kind" AS ENUM ('found', 'absent', 'unanswered');

-- CreateEnum
CREATE TYPE "user_fate" AS ENUM ('added', 'restored', 'kept', 'removed', 'absent', 'unanswered');

-- CreateEnum
CREATE TYPE "change_kind" AS ENUM ('user_added', 'user_removed', 'user_restored', 'email_changed', 'name_changed', 'status_changed', 'developer_changed', 'bot_creation_changed', 'role_granted', 'role_revoked', 'role_source_changed', 'group_joined', 'group_left', 'task_assigned', 'task_unassigned', 'role_renamed', 'group_renamed', 'bot_renamed');

-- CreateEnum
CREATE TYPE "grant_scope" AS ENUM ('bot', 'admin');

-- CreateEnum
CREATE TYPE "task_kind" AS ENUM ('dialog', 'action', 'alert', 'knowledge');

-- CreateEnum
CREATE TYPE "named_thing" AS ENUM ('role', 'bot', 'group');

-- CreateEnum
CREATE TYPE "alert_status" AS ENUM ('pending', 'delivered', 'dead');

-- CreateTable
CREATE TABLE "account" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "installation_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "host" TEXT,
    "client_id" TEXT,
    "pinned_at" TIMESTAMPTZ(6),
    "next_due" TIMESTAMPTZ(6),
    "blocked_until" TIMESTAMPTZ(6),

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "trigger" "run_trigger" NOT NULL,
    "scope" "run_scope" NOT NULL DEFAULT 'all',
    "parent_id" BIGINT,
    "dry_run" BOOLEAN NOT NULL DEFAULT false,
    "status" "run_status" NOT NULL DEFAULT 'open',
    "opened_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "base_id" BIGINT,
    "planned_at" TIMESTAMPTZ(6),
    "plan_hash" TEXT,
    "reasons" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "as_of" TIMESTAMPTZ(6),
    "published_at" TIMESTAMPTZ(6),
    "closed_at" TIMESTAMPTZ(6),
    "entries" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "found" INTEGER NOT NULL DEFAULT 0,
    "absent" INTEGER NOT NULL DEFAULT 0,
    "unanswered" INTEGER NOT NULL DEFAULT 0,
    "coverage" DECIMAL(9,8),
    "changes" INTEGER NOT NULL DEFAULT 0,
    "changes_by_kind" JSONB NOT NULL DEFAULT '{}',
    "drift" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "error_code" TEXT,
    "error" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(6),
    "alert_rules" JSONB,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(6),
    "decision_reason" TEXT,

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batches" (
    "run_id" BIGINT NOT NULL,
    "no" INTEGER NOT NULL,
    "entry_kind" "entry_kind" NOT NULL,
    "rostered" BOOLEAN NOT NULL,
    "size" INTEGER NOT NULL,
    "status" "batch_status" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6),
    "last_error" TEXT,
    "answered_at" TIMESTAMPTZ(6),
    "duration_ms" INTEGER,
    "found" INTEGER NOT NULL DEFAULT 0,
    "absent" INTEGER NOT NULL DEFAULT 0,
    "unanswered" INTEGER NOT NULL DEFAULT 0,
    "ignored" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "batches_pkey" PRIMARY KEY ("run_id","no")
);

-- CreateTable
CREATE TABLE "batch_entries" (
    "run_id" BIGINT NOT NULL,
    "no" INTEGER NOT NULL,
    "entries" TEXT[],

    CONSTRAINT "batch_entries_pkey" PRIMARY KEY ("run_id","no")
);

-- CreateTable
CREATE TABLE "rejected_entries" (
    "run_id" BIGINT NOT NULL,
    "line" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "rejected_entries_pkey" PRIMARY KEY ("run_id","line")
);

-- CreateTable
CREATE TABLE "unanswered_entries" (
    "run_id" BIGINT NOT NULL,
    "entry" TEXT NOT NULL,
    "entry_kind" "entry_kind" NOT NULL,
    "rostered" BOOLEAN NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "unanswered_entries_pkey" PRIMARY KEY ("run_id","entry")
);

-- CreateTable
CREATE TABLE "observations" (
    "run_id" BIGINT NOT NULL,
    "entry" TEXT NOT NULL,
    "batch_no" INTEGER NOT NULL,
    "answer" "answer_kind" NOT NULL,
    "user_id" TEXT,
    "email" TEXT,
    "hash" BYTEA,
    "snapshot" JSONB,
    "last_login" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "observations_pkey" PRIMARY KEY ("run_id","entry")
);

-- CreateTable
CREATE TABLE "roster_moves" (
    "run_id" BIGINT NOT NULL,
    "entry" TEXT NOT NULL,
    "in_roster" BOOLEAN NOT NULL,

    CONSTRAINT "roster_moves_pkey" PRIMARY KEY ("run_id","entry")
);

-- CreateTable
CREATE TABLE "planned_users" (
    "run_id" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,
    "person_id" INTEGER,
    "fate" "user_fate" NOT NULL,
    "entry" TEXT,
    "not_before" TIMESTAMPTZ(6),
    "email" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "status" TEXT,
    "can_create_bot" BOOLEAN,
    "is_developer" BOOLEAN,
    "extra" JSONB,
    "hash" BYTEA,
    "bot_roles_seen" BOOLEAN NOT NULL DEFAULT false,
    "admin_roles_seen" BOOLEAN NOT NULL DEFAULT false,
    "groups_seen" BOOLEAN NOT NULL DEFAULT false,
    "tasks_seen" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "planned_users_pkey" PRIMARY KEY ("run_id","user_id")
);

-- CreateTable
CREATE TABLE "planned_names" (
    "run_id" BIGINT NOT NULL,
    "thing" "named_thing" NOT NULL,
    "key" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "name" TEXT,

    CONSTRAINT "planned_names_pkey" PRIMARY KEY ("run_id","thing","key","scope")
);

-- CreateTable
CREATE TABLE "planned_changes" (
    "run_id" BIGINT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "kind" "change_kind" NOT NULL,
    "user_id" TEXT,
    "email" TEXT,
    "not_before" TIMESTAMPTZ(6),
    "scope" "grant_scope",
    "role_id" TEXT,
    "role_name" TEXT,
    "bot_id" TEXT,
    "bot_name" TEXT,
    "group_id" TEXT,
    "group_name" TEXT,
    "task_kind" "task_kind",
    "task_id" TEXT,
    "before" JSONB,
    "after" JSONB,
    "detail" JSONB,

    CONSTRAINT "planned_changes_pkey" PRIMARY KEY ("run_id","ordinal")
);

-- CreateTable
CREATE TABLE "users" (
    "id" SERIAL NOT NULL,
    "user_id" TEXT NOT NULL,
    "email" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "status" TEXT,
    "can_create_bot" BOOLEAN,
    "is_developer" BOOLEAN,
    "extra" JSONB,
    "hash" BYTEA,
    "bot_roles_seen" BOOLEAN NOT NULL,
    "admin_roles_seen" BOOLEAN NOT NULL,
    "groups_seen" BOOLEAN NOT NULL,
    "tasks_seen" BOOLEAN NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL,
    "removed_at" TIMESTAMPTZ(6),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_versions" (
    "id" BIGSERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "email" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "status" TEXT,
    "can_create_bot" BOOLEAN,
    "is_developer" BOOLEAN,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "user_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "addresses" (
    "entry" TEXT NOT NULL,
    "entry_kind" "entry_kind" NOT NULL,
    "person_id" INTEGER,
    "absent" BOOLEAN NOT NULL,
    "in_roster" BOOLEAN NOT NULL,
    "confirmed_run_id" BIGINT,

    CONSTRAINT "addresses_pkey" PRIMARY KEY ("entry")
);

-- CreateTable
CREATE TABLE "roles" (
    "id" SERIAL NOT NULL,
    "scope" "grant_scope" NOT NULL,
    "role_id" TEXT NOT NULL,
    "name" TEXT,

    CONSTRAINT "roles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_names" (
    "role_ref" INTEGER NOT NULL,
    "name" TEXT,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "role_names_pkey" PRIMARY KEY ("role_ref","valid_from")
);

-- CreateTable
CREATE TABLE "bots" (
    "id" SERIAL NOT NULL,
    "bot_id" TEXT NOT NULL,
    "name" TEXT,

    CONSTRAINT "bots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bot_names" (
    "bot_ref" INTEGER NOT NULL,
    "name" TEXT,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "bot_names_pkey" PRIMARY KEY ("bot_ref","valid_from")
);

-- CreateTable
CREATE TABLE "groups" (
    "id" SERIAL NOT NULL,
    "group_id" TEXT NOT NULL,
    "name" TEXT,

    CONSTRAINT "groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_names" (
    "group_ref" INTEGER NOT NULL,
    "name" TEXT,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "group_names_pkey" PRIMARY KEY ("group_ref","valid_from")
);

-- CreateTable
CREATE TABLE "role_grants" (
    "id" BIGSERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "role_ref" INTEGER NOT NULL,
    "bot_ref" INTEGER,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "role_grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grant_sources" (
    "id" BIGSERIAL NOT NULL,
    "grant_id" BIGINT NOT NULL,
    "group_ref" INTEGER,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "grant_sources_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_memberships" (
    "id" BIGSERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "group_ref" INTEGER NOT NULL,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "group_memberships_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_assignments" (
    "id" BIGSERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "bot_ref" INTEGER NOT NULL,
    "task_kind" "task_kind" NOT NULL,
    "task_id" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "task_assignments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "last_logins" (
    "person_id" INTEGER NOT NULL,
    "last_login" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "last_logins_pkey" PRIMARY KEY ("person_id")
);

-- CreateTable
CREATE TABLE "unconfirmed" (
    "person_id" INTEGER NOT NULL,
    "last_confirmed" BIGINT,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_to" TIMESTAMPTZ(6),

    CONSTRAINT "unconfirmed_pkey" PRIMARY KEY ("person_id","valid_from")
);

-- CreateTable
CREATE TABLE "changes" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "kind" "change_kind" NOT NULL,
    "user_id" TEXT,
    "email" TEXT,
    "not_before" TIMESTAMPTZ(6),
    "scope" "grant_scope",
    "role_id" TEXT,
    "role_name" TEXT,
    "bot_id" TEXT,
    "bot_name" TEXT,
    "group_id" TEXT,
    "group_name" TEXT,
    "task_kind" "task_kind",
    "task_id" TEXT,
    "before" JSONB,
    "after" JSONB,
    "detail" JSONB,

    CONSTRAINT "changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "rule" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "idempotency_key" UUID NOT NULL DEFAULT gen_random_uuid(),
    "change_count" INTEGER NOT NULL,
    "status" "alert_status" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "delivered_at" TIMESTAMPTZ(6),
    "last_error" TEXT,
    "receipt" JSONB,

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_calls" (
    "id" BIGSERIAL NOT NULL,
    "taken_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "answered_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_calls_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "runs_key_key" ON "runs"("key");

-- CreateIndex
CREATE INDEX "runs_status_as_of_idx" ON "runs"("status", "as_of");

-- CreateIndex
CREATE INDEX "batches_pending" ON "batches"("run_id", "no") WHERE (status = 'pending'::batch_status);

-- CreateIndex
CREATE UNIQUE INDEX "users_user_id_key" ON "users"("user_id");

-- CreateIndex
CREATE INDEX "user_versions_closed" ON "user_versions"("person_id", "valid_from") WHERE (valid_to IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "user_versions_open" ON "user_versions"("person_id") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE INDEX "addresses_person_id_idx" ON "addresses"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "roles_role_id_scope_key" ON "roles"("role_id", "scope");

-- CreateIndex
CREATE UNIQUE INDEX "role_names_open" ON "role_names"("role_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "bots_bot_id_key" ON "bots"("bot_id");

-- CreateIndex
CREATE UNIQUE INDEX "bot_names_open" ON "bot_names"("bot_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "groups_group_id_key" ON "groups"("group_id");

-- CreateIndex
CREATE UNIQUE INDEX "group_names_open" ON "group_names"("group_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE INDEX "role_grants_closed" ON "role_grants"("person_id", "role_ref", "bot_ref", "valid_from") WHERE (valid_to IS NOT NULL);

-- CreateIndex
CREATE INDEX "role_grants_role_ref_bot_ref_idx" ON "role_grants"("role_ref", "bot_ref");

-- CreateIndex
CREATE UNIQUE INDEX "role_grants_open" ON "role_grants"("person_id", "role_ref", "bot_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "role_grants_open_admin" ON "role_grants"("person_id", "role_ref") WHERE (valid_to IS NULL AND bot_ref IS NULL);

-- CreateIndex
CREATE INDEX "grant_sources_closed" ON "grant_sources"("grant_id", "group_ref", "valid_from") WHERE (valid_to IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "grant_sources_open" ON "grant_sources"("grant_id", "group_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "grant_sources_open_direct" ON "grant_sources"("grant_id") WHERE (valid_to IS NULL AND group_ref IS NULL);

-- CreateIndex
CREATE INDEX "group_memberships_closed" ON "group_memberships"("person_id", "group_ref", "valid_from") WHERE (valid_to IS NOT NULL);

-- CreateIndex
CREATE INDEX "group_memberships_group_ref_idx" ON "group_memberships"("group_ref");

-- CreateIndex
CREATE UNIQUE INDEX "group_memberships_open" ON "group_memberships"("person_id", "group_ref") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE INDEX "task_assignments_closed" ON "task_assignments"("person_id", "bot_ref", "task_kind", "task_id", "valid_from") WHERE (valid_to IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "task_assignments_open" ON "task_assignments"("person_id", "bot_ref", "task_kind", "task_id") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "unconfirmed_open" ON "unconfirmed"("person_id") WHERE (valid_to IS NULL);

-- CreateIndex
CREATE INDEX "changes_run_id_idx" ON "changes"("run_id");

-- CreateIndex
CREATE INDEX "changes_user_id_run_id_idx" ON "changes"("user_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "alerts_idempotency_key_key" ON "alerts"("idempotency_key");

-- CreateIndex
CREATE INDEX "alerts_pending" ON "alerts"("due_at") WHERE (status = 'pending'::alert_status);

-- CreateIndex
CREATE UNIQUE INDEX "alerts_run_id_rule_channel_key" ON "alerts"("run_id", "rule", "channel");

-- CreateIndex
CREATE INDEX "api_calls_answered_at_idx" ON "api_calls"("answered_at");

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_base_id_fkey" FOREIGN KEY ("base_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "batches" ADD CONSTRAINT "batches_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "batch_entries" ADD CONSTRAINT "batch_entries_run_id_no_fkey" FOREIGN KEY ("run_id", "no") REFERENCES "batches"("run_id", "no") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rejected_entries" ADD CONSTRAINT "rejected_entries_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "unanswered_entries" ADD CONSTRAINT "unanswered_entries_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "role_names" ADD CONSTRAINT "role_names_role_ref_fkey" FOREIGN KEY ("role_ref") REFERENCES "roles"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "bot_names" ADD CONSTRAINT "bot_names_bot_ref_fkey" FOREIGN KEY ("bot_ref") REFERENCES "bots"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "group_names" ADD CONSTRAINT "group_names_group_ref_fkey" FOREIGN KEY ("group_ref") REFERENCES "groups"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "changes" ADD CONSTRAINT "changes_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What Prisma cannot say: checks, the deferred uniqueness of emails, intervals that never overlap.

ALTER TABLE "account" ADD CONSTRAINT "account_single_row" CHECK ("id");
INSERT INTO "account" DEFAULT VALUES;

-- I5: at most one run is open.
CREATE UNIQUE INDEX "runs_one_open" ON "runs" ((true)) WHERE ("status" = 'open');

-- A night may refer only to an earlier instant; `as_of` orders the published ones.
CREATE UNIQUE INDEX "runs_published_as_of" ON "runs" ("as_of") WHERE ("status" = 'published');
ALTER TABLE "runs" ADD CONSTRAINT "runs_published_complete"
  CHECK ("status" <> 'published' OR ("as_of" IS NOT NULL AND "published_at" IS NOT NULL AND "coverage" IS NOT NULL));

-- I10: a batch that is answered or given up accounts for every entry it asked about.
ALTER TABLE "batches" ADD CONSTRAINT "batches_receipt"
  CHECK ("status" IN ('pending', 'split') OR "found" + "absent" + "unanswered" = "size");

-- Two people may swap addresses in one night, so this is judged when the night commits.
ALTER TABLE "users" ADD CONSTRAINT "users_email_of_current" EXCLUDE USING btree ("email" WITH =)
  WHERE ("removed_at" IS NULL) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE "user_versions" ADD CONSTRAINT "user_versions_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "role_names" ADD CONSTRAINT "role_names_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "bot_names" ADD CONSTRAINT "bot_names_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "group_names" ADD CONSTRAINT "group_names_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "grant_sources" ADD CONSTRAINT "grant_sources_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "group_memberships" ADD CONSTRAINT "group_memberships_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "task_assignments" ADD CONSTRAINT "task_assignments_interval" CHECK ("valid_from" < "valid_to");
ALTER TABLE "unconfirmed" ADD CONSTRAINT "unconfirmed_interval" CHECK ("valid_from" < "valid_to");

-- Intervals of one key never overlap. Two open ones are refused by the partial unique indexes above; an
-- open or closed one that reaches into a closed one is refused here, once per statement and set-based.
-- A GiST exclusion constraint would say the same at eight times the cost of the insert
-- (docs/decisions/0003-interval-constraints.md). The arguments are the columns of the key.
CREATE FUNCTION "refuse_overlap"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  same_key text;
  is_overlapping boolean;
BEGIN
  SELECT string_agg(format('h.%1$I IS NOT DISTINCT FROM n.%1$I', key_column), ' AND ')
    INTO same_key FROM unnest(TG_ARGV) AS key_column;
  EXECUTE format(
    'SELECT true FROM new_rows n JOIN %I.%I h ON h.%I = n.%I AND %s '
    'WHERE h.valid_to IS NOT NULL AND h.valid_from < coalesce(n.valid_to, ''infinity'') AND n.valid_from < h.valid_to '
    -- A closed interval overlaps itself, once.
    'GROUP BY n HAVING count(*) > count(DISTINCT n.valid_to) LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[0], same_key) INTO is_overlapping;
  IF is_overlapping THEN
    -- The row itself stays out of the message: it may name a person.
    RAISE EXCEPTION 'an interval of %.% overlaps a closed one', TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "user_versions_refuse_overlap_on_insert" AFTER INSERT ON "user_versions" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id');
CREATE TRIGGER "user_versions_refuse_overlap_on_update" AFTER UPDATE ON "user_versions" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id');
CREATE TRIGGER "role_names_refuse_overlap_on_insert" AFTER INSERT ON "role_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('role_ref');
CREATE TRIGGER "role_names_refuse_overlap_on_update" AFTER UPDATE ON "role_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('role_ref');
CREATE TRIGGER "bot_names_refuse_overlap_on_insert" AFTER INSERT ON "bot_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('bot_ref');
CREATE TRIGGER "bot_names_refuse_overlap_on_update" AFTER UPDATE ON "bot_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('bot_ref');
CREATE TRIGGER "group_names_refuse_overlap_on_insert" AFTER INSERT ON "group_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('group_ref');
CREATE TRIGGER "group_names_refuse_overlap_on_update" AFTER UPDATE ON "group_names" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('group_ref');
CREATE TRIGGER "role_grants_refuse_overlap_on_insert" AFTER INSERT ON "role_grants" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'role_ref', 'bot_ref');
CREATE TRIGGER "role_grants_refuse_overlap_on_update" AFTER UPDATE ON "role_grants" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'role_ref', 'bot_ref');
CREATE TRIGGER "grant_sources_refuse_overlap_on_insert" AFTER INSERT ON "grant_sources" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('grant_id', 'group_ref');
CREATE TRIGGER "grant_sources_refuse_overlap_on_update" AFTER UPDATE ON "grant_sources" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('grant_id', 'group_ref');
CREATE TRIGGER "group_memberships_refuse_overlap_on_insert" AFTER INSERT ON "group_memberships" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'group_ref');
CREATE TRIGGER "group_memberships_refuse_overlap_on_update" AFTER UPDATE ON "group_memberships" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'group_ref');
CREATE TRIGGER "task_assignments_refuse_overlap_on_insert" AFTER INSERT ON "task_assignments" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'bot_ref', 'task_kind', 'task_id');
CREATE TRIGGER "task_assignments_refuse_overlap_on_update" AFTER UPDATE ON "task_assignments" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id', 'bot_ref', 'task_kind', 'task_id');
CREATE TRIGGER "unconfirmed_refuse_overlap_on_insert" AFTER INSERT ON "unconfirmed" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id');
CREATE TRIGGER "unconfirmed_refuse_overlap_on_update" AFTER UPDATE ON "unconfirmed" REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_overlap"('person_id');

-- Schema `directory`: what analysts read. Views join nothing staged; names of columns are the public contract.

CREATE SCHEMA "directory";
COMMENT ON SCHEMA "directory" IS
  'Who can do what in the Kore.ai account, who could, and what changed. Read-only. Every view shows the last published night; a reader of several statements uses REPEATABLE READ to see one night throughout.';

CREATE VIEW "directory"."users" AS
SELECT u.user_id, u.email, u.first_name, u.last_name, u.status, u.can_create_bot, u.is_developer,
       l.last_login, u.first_seen_at, u.removed_at,
       CASE WHEN open.person_id IS NOT NULL THEN confirming.as_of
            ELSE greatest(latest.as_of, (SELECT max(c.valid_to) FROM unconfirmed c WHERE c.person_id = u.id))
       END AS confirmed_at,
       EXISTS (SELECT FROM addresses a WHERE a.person_id = u.id AND a.in_roster) AS in_roster
  FROM users u
  LEFT JOIN last_logins l ON l.person_id = u.id
  LEFT JOIN unconfirmed open ON open.person_id = u.id AND open.valid_to IS NULL
  LEFT JOIN runs confirming ON confirming.id = open.last_confirmed
  LEFT JOIN LATERAL (SELECT max(r.as_of) AS as_of FROM runs r WHERE r.status = 'published' AND r.scope = 'all') latest ON true;

COMMENT ON VIEW "directory"."users" IS 'One row per person the account has shown us, removed ones included (removed_at set).';
COMMENT ON COLUMN "directory"."users"."user_id" IS 'Kore.ai''s user id: the key of a person.';
COMMENT ON COLUMN "directory"."users"."email" IS 'Current email address in lower case; of a removed user the last one. Null where another user id took it over and no other is known.';
COMMENT ON COLUMN "directory"."users"."first_name" IS 'Null where the platform never said.';
COMMENT ON COLUMN "directory"."users"."last_name" IS 'Null where the platform never said.';
COMMENT ON COLUMN "directory"."users"."status" IS 'Account state as Kore.ai spells it, such as active, Not Active, Suspended, Locked; compare without regard to case. Null where the platform never said.';
COMMENT ON COLUMN "directory"."users"."can_create_bot" IS 'May create bots. Null where the platform never said.';
COMMENT ON COLUMN "directory"."users"."is_developer" IS 'Has Bot Builder access. Null where the platform never said.';
COMMENT ON COLUMN "directory"."users"."last_login" IS 'Last login reported by Kore.ai; null for never logged in or never said. Not part of the history.';
COMMENT ON COLUMN "directory"."users"."first_seen_at" IS 'as_of of the first night that showed this person.';
COMMENT ON COLUMN "directory"."users"."removed_at" IS 'as_of of the night on which every address of this person was said not to exist; null for current users.';
COMMENT ON COLUMN "directory"."users"."confirmed_at" IS 'as_of of the last night that confirmed this row. Behind the last night when Kore.ai gave no usable answer about this person since.';
COMMENT ON COLUMN "directory"."users"."in_roster" IS 'An address of this person is on the roster of the last night.';

CREATE VIEW "directory"."role_grants" AS
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
 WHERE g.valid_to IS NULL;

COMMENT ON VIEW "directory"."role_grants" IS 'Who holds which role now: one row per user, role and bot (bot roles) or user and role (admin roles).';
COMMENT ON COLUMN "directory"."role_grants"."user_id" IS 'Kore.ai''s user id of the holder.';
COMMENT ON COLUMN "directory"."role_grants"."email" IS 'Current email of the holder.';
COMMENT ON COLUMN "directory"."role_grants"."scope" IS '''bot'': a role on one bot. ''admin'': a role on the account.';
COMMENT ON COLUMN "directory"."role_grants"."role_id" IS 'Kore.ai''s role id.';
COMMENT ON COLUMN "directory"."role_grants"."role_name" IS 'Current name of the role.';
COMMENT ON COLUMN "directory"."role_grants"."bot_id" IS 'Kore.ai''s bot id; null for admin roles.';
COMMENT ON COLUMN "directory"."role_grants"."bot_name" IS 'Current name of the bot; null for admin roles.';
COMMENT ON COLUMN "directory"."role_grants"."direct" IS 'Held directly. Null where the platform never said.';
COMMENT ON COLUMN "directory"."role_grants"."via_groups" IS 'Current names of the groups through which it is held, sorted; empty where held only directly. Null where the platform never said.';
COMMENT ON COLUMN "directory"."role_grants"."valid_from" IS 'as_of of the night since which it has been held without a break.';

CREATE VIEW "directory"."group_memberships" AS
SELECT u.user_id, u.email, g.group_id, g.name AS group_name, m.valid_from
  FROM group_memberships m
  JOIN users u ON u.id = m.person_id
  JOIN groups g ON g.id = m.group_ref
 WHERE m.valid_to IS NULL;

COMMENT ON VIEW "directory"."group_memberships" IS 'Who is in which group now: one row per user and group.';
COMMENT ON COLUMN "directory"."group_memberships"."user_id" IS 'Kore.ai''s user id of the member.';
COMMENT ON COLUMN "directory"."group_memberships"."email" IS 'Current email of the member.';
COMMENT ON COLUMN "directory"."group_memberships"."group_id" IS 'Kore.ai''s group id.';
COMMENT ON COLUMN "directory"."group_memberships"."group_name" IS 'Current name of the group.';
COMMENT ON COLUMN "directory"."group_memberships"."valid_from" IS 'as_of of the night since which the membership has held without a break.';

CREATE VIEW "directory"."task_assignments" AS
SELECT u.user_id, u.email, b.bot_id, t.task_kind::text AS task_kind, t.task_id, t.valid_from
  FROM task_assignments t
  JOIN users u ON u.id = t.person_id
  JOIN bots b ON b.id = t.bot_ref
 WHERE t.valid_to IS NULL;

COMMENT ON VIEW "directory"."task_assignments" IS 'Which bot tasks are assigned to whom now: one row per user, bot, kind and task.';
COMMENT ON COLUMN "directory"."task_assignments"."user_id" IS 'Kore.ai''s user id.';
COMMENT ON COLUMN "directory"."task_assignments"."email" IS 'Current email of the user.';
COMMENT ON COLUMN "directory"."task_assignments"."bot_id" IS 'Kore.ai''s bot id.';
COMMENT ON COLUMN "directory"."task_assignments"."task_kind" IS 'dialog, action, alert or knowledge.';
COMMENT ON COLUMN "directory"."task_assignments"."task_id" IS 'Kore.ai''s task id.';
COMMENT ON COLUMN "directory"."task_assignments"."valid_from" IS 'as_of of the night since which it has been assigned without a break.';

CREATE VIEW "directory"."changes" AS
SELECT c.id AS change_id, c.run_id, r.as_of, c.not_before, c.kind::text AS kind, c.user_id, c.email,
       c.scope::text AS scope, c.role_id, c.role_name, c.bot_id, c.bot_name, c.group_id, c.group_name,
       c.task_kind::text AS task_kind, c.task_id, c.before, c.after
  FROM changes c JOIN runs r ON r.id = c.run_id;

COMMENT ON VIEW "directory"."changes" IS 'The audit log: one row per published change. The first night (the baseline) makes none. It happened after not_before and by as_of.';
COMMENT ON COLUMN "directory"."changes"."change_id" IS 'Ascending in the order of publication.';
COMMENT ON COLUMN "directory"."changes"."run_id" IS 'The run that published it, see directory.runs.';
COMMENT ON COLUMN "directory"."changes"."as_of" IS 'The instant of the run''s last answer: the change had happened by then.';
COMMENT ON COLUMN "directory"."changes"."not_before" IS 'Opening of the last run that confirmed the earlier state: the change happened after it. Null when nobody had looked before.';
COMMENT ON COLUMN "directory"."changes"."kind" IS 'user_added, user_removed, user_restored, email_changed, name_changed, status_changed, developer_changed, bot_creation_changed, role_granted, role_revoked, role_source_changed, group_joined, group_left, task_assigned, task_unassigned, role_renamed, group_renamed or bot_renamed.';
COMMENT ON COLUMN "directory"."changes"."user_id" IS 'Whom it concerns; null for renames of roles, groups and bots.';
COMMENT ON COLUMN "directory"."changes"."email" IS 'The email of that user on that night.';
COMMENT ON COLUMN "directory"."changes"."scope" IS '''bot'' or ''admin'' for changes about a role.';
COMMENT ON COLUMN "directory"."changes"."role_id" IS 'The role concerned.';
COMMENT ON COLUMN "directory"."changes"."role_name" IS 'Its name on that night.';
COMMENT ON COLUMN "directory"."changes"."bot_id" IS 'The bot concerned.';
COMMENT ON COLUMN "directory"."changes"."bot_name" IS 'Its name on that night.';
COMMENT ON COLUMN "directory"."changes"."group_id" IS 'The group concerned.';
COMMENT ON COLUMN "directory"."changes"."group_name" IS 'Its name on that night.';
COMMENT ON COLUMN "directory"."changes"."task_kind" IS 'dialog, action, alert or knowledge.';
COMMENT ON COLUMN "directory"."changes"."task_id" IS 'The task concerned.';
COMMENT ON COLUMN "directory"."changes"."before" IS 'The bare value of an attribute or a name; {"direct", "via_groups"} for a grant; null where there was nothing.';
COMMENT ON COLUMN "directory"."changes"."after" IS 'As before, for the state afterwards.';

CREATE VIEW "directory"."role_changes" AS
SELECT * FROM "directory"."changes" WHERE kind IN ('role_granted', 'role_revoked', 'role_source_changed');

COMMENT ON VIEW "directory"."role_changes" IS 'The changes of kinds role_granted, role_revoked and role_source_changed; columns as in directory.changes.';

CREATE VIEW "directory"."runs" AS
SELECT id AS run_id, key AS run_key, trigger::text AS trigger, scope::text AS scope, dry_run, status::text AS status,
       (status = 'published' AND coverage < 1) AS partial, opened_at, as_of, published_at, coverage,
       entries, rejected, duplicates, found, absent, unanswered, changes, reasons, decided_by, decided_at, decision_reason
  FROM runs;

COMMENT ON VIEW "directory"."runs" IS 'One row per run: a night''s work.';
COMMENT ON COLUMN "directory"."runs"."run_id" IS 'Ascending in the order in which runs were opened.';
COMMENT ON COLUMN "directory"."runs"."run_key" IS 'Names the night: nightly- and the scheduled instant, or manual- and the instant of the call.';
COMMENT ON COLUMN "directory"."runs"."trigger" IS 'schedule, catch-up or manual.';
COMMENT ON COLUMN "directory"."runs"."scope" IS '''all'': the whole roster. ''retry'': only what another run left unanswered.';
COMMENT ON COLUMN "directory"."runs"."dry_run" IS 'Planned only: published nothing.';
COMMENT ON COLUMN "directory"."runs"."status" IS 'open, planned (a dry run that ended), held, published, rejected, superseded or failed.';
COMMENT ON COLUMN "directory"."runs"."partial" IS 'Published although some entries stayed unanswered (coverage below 1).';
COMMENT ON COLUMN "directory"."runs"."opened_at" IS 'When the run began: before its first question.';
COMMENT ON COLUMN "directory"."runs"."as_of" IS 'The instant of its last answer, by the clock of the database; strictly increasing over published runs.';
COMMENT ON COLUMN "directory"."runs"."published_at" IS 'When it became the truth.';
COMMENT ON COLUMN "directory"."runs"."coverage" IS 'Share of the entries asked about that were answered (found or absent), 0 to 1.';
COMMENT ON COLUMN "directory"."runs"."entries" IS 'Distinct valid roster entries.';
COMMENT ON COLUMN "directory"."runs"."rejected" IS 'Roster entries refused as invalid.';
COMMENT ON COLUMN "directory"."runs"."duplicates" IS 'Roster entries that repeated another.';
COMMENT ON COLUMN "directory"."runs"."found" IS 'Entries for which Kore.ai returned a user; known people who left the roster are asked about too.';
COMMENT ON COLUMN "directory"."runs"."absent" IS 'Entries that Kore.ai said do not exist.';
COMMENT ON COLUMN "directory"."runs"."unanswered" IS 'Entries asked about without a usable answer: nothing about these people was changed.';
COMMENT ON COLUMN "directory"."runs"."changes" IS 'Number of changes in its plan.';
COMMENT ON COLUMN "directory"."runs"."reasons" IS 'Why the guard held it, with the arithmetic; empty otherwise.';
COMMENT ON COLUMN "directory"."runs"."decided_by" IS 'Who approved or rejected it.';
COMMENT ON COLUMN "directory"."runs"."decided_at" IS 'When they did.';
COMMENT ON COLUMN "directory"."runs"."decision_reason" IS 'Why, in their words.';

CREATE VIEW "directory"."freshness" AS
SELECT last.id AS run_id, last.as_of, clock_timestamp() - last.as_of AS age, last.coverage, a.next_due
  FROM account a
  LEFT JOIN LATERAL (
    SELECT r.id, r.as_of, r.coverage FROM runs r
     WHERE r.status = 'published' AND r.scope = 'all' ORDER BY r.as_of DESC LIMIT 1
  ) last ON true;

COMMENT ON VIEW "directory"."freshness" IS 'One row: how old the data is. All null but next_due before the first night.';
COMMENT ON COLUMN "directory"."freshness"."run_id" IS 'The last published night.';
COMMENT ON COLUMN "directory"."freshness"."as_of" IS 'The instant of its last answer.';
COMMENT ON COLUMN "directory"."freshness"."age" IS 'Time since then.';
COMMENT ON COLUMN "directory"."freshness"."coverage" IS 'Share of the entries it asked about that were answered, 0 to 1.';
COMMENT ON COLUMN "directory"."freshness"."next_due" IS 'When the scheduler next starts a night; null where none runs.';

-- What was true at an instant: half-open intervals, names as they were then, removed users left out.

CREATE FUNCTION "directory"."users_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, first_name text, last_name text, status text, can_create_bot boolean,
               is_developer boolean, first_seen_at timestamptz)
LANGUAGE sql STABLE ROWS 100000 AS $$
  SELECT u.user_id, v.email, v.first_name, v.last_name, v.status, v.can_create_bot, v.is_developer, u.first_seen_at
    FROM user_versions v JOIN users u ON u.id = v.person_id
   WHERE v.valid_from <= users_as_of.at AND (v.valid_to IS NULL OR v.valid_to > users_as_of.at)
$$;
COMMENT ON FUNCTION "directory"."users_as_of"(timestamptz) IS 'Users as of an instant; columns as in directory.users without those that only mean now. Removed users are left out.';

CREATE FUNCTION "directory"."role_grants_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, scope text, role_id text, role_name text, bot_id text, bot_name text,
               direct boolean, via_groups text[], valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000 AS $$
  SELECT u.user_id, v.email, r.scope::text, r.role_id, rn.name, b.bot_id, bn.name, s.direct, s.via_groups, g.valid_from
    FROM role_grants g
    JOIN users u ON u.id = g.person_id
    JOIN roles r ON r.id = g.role_ref
    LEFT JOIN bots b ON b.id = g.bot_ref
    LEFT JOIN user_versions v ON v.person_id = g.person_id
      AND v.valid_from <= role_grants_as_of.at AND (v.valid_to IS NULL OR v.valid_to > role_grants_as_of.at)
    LEFT JOIN role_names rn ON rn.role_ref = g.role_ref
      AND rn.valid_from <= role_grants_as_of.at AND (rn.valid_to IS NULL OR rn.valid_to > role_grants_as_of.at)
    LEFT JOIN bot_names bn ON bn.bot_ref = g.bot_ref
      AND bn.valid_from <= role_grants_as_of.at AND (bn.valid_to IS NULL OR bn.valid_to > role_grants_as_of.at)
    LEFT JOIN LATERAL (
      SELECT bool_or(s.group_ref IS NULL) AS direct,
             CASE WHEN count(*) > 0
                  THEN coalesce(array_agg(coalesce(gn.name, k.group_id) ORDER BY coalesce(gn.name, k.group_id) COLLATE "C")
                                FILTER (WHERE k.id IS NOT NULL), '{}') END AS via_groups
        FROM grant_sources s
        LEFT JOIN groups k ON k.id = s.group_ref
        LEFT JOIN group_names gn ON gn.group_ref = s.group_ref
          AND gn.valid_from <= role_grants_as_of.at AND (gn.valid_to IS NULL OR gn.valid_to > role_grants_as_of.at)
       WHERE s.grant_id = g.id
         AND s.valid_from <= role_grants_as_of.at AND (s.valid_to IS NULL OR s.valid_to > role_grants_as_of.at)
    ) s ON true
   WHERE g.valid_from <= role_grants_as_of.at AND (g.valid_to IS NULL OR g.valid_to > role_grants_as_of.at)
$$;
COMMENT ON FUNCTION "directory"."role_grants_as_of"(timestamptz) IS 'Role grants as of an instant; columns as in directory.role_grants, names as they were then.';

CREATE FUNCTION "directory"."group_memberships_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, group_id text, group_name text, valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000 AS $$
  SELECT u.user_id, v.email, k.group_id, gn.name, m.valid_from
    FROM group_memberships m
    JOIN users u ON u.id = m.person_id
    JOIN groups k ON k.id = m.group_ref
    LEFT JOIN user_versions v ON v.person_id = m.person_id
      AND v.valid_from <= group_memberships_as_of.at AND (v.valid_to IS NULL OR v.valid_to > group_memberships_as_of.at)
    LEFT JOIN group_names gn ON gn.group_ref = m.group_ref
      AND gn.valid_from <= group_memberships_as_of.at AND (gn.valid_to IS NULL OR gn.valid_to > group_memberships_as_of.at)
   WHERE m.valid_from <= group_memberships_as_of.at AND (m.valid_to IS NULL OR m.valid_to > group_memberships_as_of.at)
$$;
COMMENT ON FUNCTION "directory"."group_memberships_as_of"(timestamptz) IS 'Group memberships as of an instant; columns as in directory.group_memberships, names as they were then.';

CREATE FUNCTION "directory"."task_assignments_as_of"("at" timestamptz)
RETURNS TABLE (user_id text, email text, bot_id text, task_kind text, task_id text, valid_from timestamptz)
LANGUAGE sql STABLE ROWS 100000 AS $$
  SELECT u.user_id, v.email, b.bot_id, t.task_kind::text, t.task_id, t.valid_from
    FROM task_assignments t
    JOIN users u ON u.id = t.person_id
    JOIN bots b ON b.id = t.bot_ref
    LEFT JOIN user_versions v ON v.person_id = t.person_id
      AND v.valid_from <= task_assignments_as_of.at AND (v.valid_to IS NULL OR v.valid_to > task_assignments_as_of.at)
   WHERE t.valid_from <= task_assignments_as_of.at AND (t.valid_to IS NULL OR t.valid_to > task_assignments_as_of.at)
$$;
COMMENT ON FUNCTION "directory"."task_assignments_as_of"(timestamptz) IS 'Task assignments as of an instant; columns as in directory.task_assignments.';

-- Findings: what somebody should look into.

CREATE VIEW "directory"."orphaned_access" AS
SELECT g.user_id, g.email, u.status, u.in_roster, g.scope, g.role_id, g.role_name, g.bot_id, g.bot_name, g.direct, g.via_groups, g.valid_from
  FROM "directory"."role_grants" g JOIN "directory"."users" u ON u.user_id = g.user_id
 WHERE NOT u.in_roster OR lower(u.status) <> 'active';

COMMENT ON VIEW "directory"."orphaned_access" IS 'Grants still held by somebody who left the roster (in_roster false) or whose account is not active.';

CREATE FUNCTION "directory"."dormant_admins"("days" integer)
RETURNS TABLE (user_id text, email text, role_id text, role_name text, last_login timestamptz, first_seen_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT u.user_id, u.email, r.role_id, r.name, l.last_login, u.first_seen_at
    FROM role_grants g
    JOIN users u ON u.id = g.person_id
    JOIN roles r ON r.id = g.role_ref AND r.scope = 'admin'
    LEFT JOIN last_logins l ON l.person_id = u.id
   WHERE g.valid_to IS NULL
     AND coalesce(l.last_login, u.first_seen_at) < clock_timestamp() - make_interval(days => dormant_admins.days)
$$;
COMMENT ON FUNCTION "directory"."dormant_admins"(integer) IS 'Holders of admin roles without a login for so many days; who never logged in counts from first_seen_at.';

CREATE VIEW "directory"."dormant_admins" AS SELECT * FROM "directory"."dormant_admins"(90);
COMMENT ON VIEW "directory"."dormant_admins" IS 'directory.dormant_admins(90): holders of admin roles without a login for 90 days.';

CREATE VIEW "directory"."never_logged_in" AS
SELECT user_id, email, status, first_seen_at, in_roster FROM "directory"."users"
 WHERE removed_at IS NULL AND last_login IS NULL;
COMMENT ON VIEW "directory"."never_logged_in" IS 'Current users for whom Kore.ai reports no login. The 7.1 edition of the API reports logins of nobody.';

CREATE VIEW "directory"."flag_anomalies" AS
SELECT user_id, email, status, can_create_bot, is_developer FROM "directory"."users"
 WHERE removed_at IS NULL AND can_create_bot AND NOT is_developer;
COMMENT ON VIEW "directory"."flag_anomalies" IS 'Current users who may create bots without being developers: a combination Kore.ai refuses to set.';

CREATE VIEW "directory"."unalerted_role_changes" AS
SELECT c.* FROM "directory"."role_changes" c
 WHERE EXISTS (SELECT FROM alerts a WHERE a.run_id = c.run_id AND a.status <> 'delivered');
COMMENT ON VIEW "directory"."unalerted_role_changes" IS 'Role changes of nights whose alerts are not all delivered. Must be empty shortly after a night.';

DO $$
DECLARE missing record;
BEGIN
  -- A view of a view shares its columns' meaning: copy the comments that are not set yet.
  FOR missing IN
    SELECT v.oid AS view_oid, a.attnum, a.attname, v.relname,
           (SELECT col_description(o.oid, oa.attnum) FROM pg_class o
              JOIN pg_attribute oa ON oa.attrelid = o.oid AND oa.attname = a.attname
             WHERE o.relnamespace = 'directory'::regnamespace AND col_description(o.oid, oa.attnum) IS NOT NULL
               AND o.relname IN ('changes', 'role_grants', 'users')
             ORDER BY CASE WHEN v.relname IN ('role_changes', 'unalerted_role_changes') THEN o.relname <> 'changes' ELSE o.relname <> 'role_grants' END, o.relname
             LIMIT 1) AS comment
      FROM pg_class v JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
     WHERE v.relnamespace = 'directory'::regnamespace AND v.relkind = 'v' AND col_description(v.oid, a.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN directory.%I.%I IS %L', missing.relname, missing.attname, missing.comment);
  END LOOP;
END $$;

COMMENT ON TABLE "account" IS 'One row: the account this database belongs to.';
COMMENT ON TABLE "runs" IS 'Every run ever opened. Analysts read directory.runs.';
COMMENT ON TABLE "batches" IS 'One API call''s worth of entries and its receipt: size = found + absent + unanswered.';
COMMENT ON TABLE "batch_entries" IS 'Staging: the entries of a batch, dropped when the run ends.';
COMMENT ON TABLE "rejected_entries" IS 'Roster entries refused as invalid, with their line.';
COMMENT ON TABLE "unanswered_entries" IS 'What a published run asked about without a usable answer.';
COMMENT ON TABLE "observations" IS 'Staging: what a batch saw that differs from what is known.';
COMMENT ON TABLE "roster_moves" IS 'Staging: known addresses that joined or left the roster.';
COMMENT ON TABLE "planned_users" IS 'Staging: users a plan touches, and what becomes of them.';
COMMENT ON TABLE "planned_names" IS 'Staging: names of roles, bots and groups as the run settled on them.';
COMMENT ON TABLE "planned_changes" IS 'Staging: the changes of a plan, in order.';
COMMENT ON TABLE "users" IS 'People, current and removed. Analysts read directory.users.';
COMMENT ON TABLE "user_versions" IS 'Attributes of people over time, half-open intervals.';
COMMENT ON TABLE "addresses" IS 'Entries ever answered for and whom they lead to.';
COMMENT ON TABLE "roles" IS 'Roles ever seen, with their current name.';
COMMENT ON TABLE "role_names" IS 'Names of roles over time.';
COMMENT ON TABLE "bots" IS 'Bots ever seen, with their current name.';
COMMENT ON TABLE "bot_names" IS 'Names of bots over time.';
COMMENT ON TABLE "groups" IS 'Groups ever seen, with their current name.';
COMMENT ON TABLE "group_names" IS 'Names of groups over time.';
COMMENT ON TABLE "role_grants" IS 'Grants over time, half-open intervals. Analysts read directory.role_grants.';
COMMENT ON TABLE "grant_sources" IS 'Where a grant came from over time: a group, or directly (group_ref null). A grant without sources is one whose source was never said.';
COMMENT ON TABLE "group_memberships" IS 'Memberships over time, half-open intervals.';
COMMENT ON TABLE "task_assignments" IS 'Task assignments over time, half-open intervals.';
COMMENT ON TABLE "last_logins" IS 'Last login per person; moves every night, therefore outside the history.';
COMMENT ON TABLE "unconfirmed" IS 'Stretches of nights that did not confirm a person.';
COMMENT ON TABLE "changes" IS 'The audit log. Analysts read directory.changes.';
COMMENT ON TABLE "alerts" IS 'The outbox: one digest per run, rule and channel.';
COMMENT ON TABLE "api_calls" IS 'The API budget: calls that can still count against a rolling window.';

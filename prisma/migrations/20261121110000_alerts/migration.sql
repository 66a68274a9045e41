-- Alert rules, alerts about a night as a whole, and exact book-keeping of which change which alert is about.
-- Locks `alerts` exclusively for an instant: it holds one row per night, rule and channel. Adds to nothing else.
-- Older versions go on working: they write alerts without a severity (it has a default) and without matches, of
-- runs without stored rules; the view takes such an alert to be about every role change of its run, as before.

-- CreateEnum
CREATE TYPE "alert_severity" AS ENUM ('info', 'warning', 'critical');

-- CreateEnum
CREATE TYPE "run_event_kind" AS ENUM ('failed', 'held', 'partial', 'late', 'not_started', 'skipped', 'drift', 'canary');

-- CreateTable
CREATE TABLE "run_events" (
    "id" BIGSERIAL NOT NULL,
    "kind" "run_event_kind" NOT NULL,
    "key" TEXT NOT NULL,
    "run_id" BIGINT,
    "detail" TEXT NOT NULL,
    "noticed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "run_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_matches" (
    "run_id" BIGINT NOT NULL,
    "rule" TEXT NOT NULL,
    "change_id" BIGINT NOT NULL,

    CONSTRAINT "alert_matches_pkey" PRIMARY KEY ("run_id","rule","change_id")
);

-- AlterTable
ALTER TABLE "alerts"
  ALTER COLUMN "run_id" DROP NOT NULL,
  ADD COLUMN "event_id" BIGINT,
  ADD COLUMN "severity" "alert_severity" NOT NULL DEFAULT 'warning',
  ADD COLUMN "give_up_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp() + interval '1 day';

-- CreateIndex
CREATE UNIQUE INDEX "run_events_kind_key_key" ON "run_events"("kind", "key");

-- DropIndex
DROP INDEX "alerts_run_id_rule_channel_key";

-- CreateIndex
CREATE UNIQUE INDEX "alerts_of_changes" ON "alerts"("run_id", "rule", "channel") WHERE (event_id IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "alerts_of_events" ON "alerts"("event_id", "rule", "channel") WHERE (event_id IS NOT NULL);

-- AddForeignKey
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "run_events"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What Prisma cannot say.

ALTER TABLE "alerts" ADD CONSTRAINT "alerts_about_something" CHECK ("run_id" IS NOT NULL OR "event_id" IS NOT NULL);

COMMENT ON TABLE "alerts" IS 'The outbox: one digest per run (or event of a run), rule and channel.';
COMMENT ON TABLE "run_events" IS 'What befell a night as a whole, such as failed or held; each once per kind and key.';
COMMENT ON TABLE "alert_matches" IS 'Which published change matched which alert rule of its run.';

CREATE OR REPLACE VIEW "directory"."unalerted_role_changes" AS
SELECT c.* FROM "directory"."role_changes" c
 WHERE c.change_id IN (
   SELECT m.change_id FROM alerts a JOIN alert_matches m ON m.run_id = a.run_id AND m.rule = a.rule
    WHERE a.event_id IS NULL AND a.status <> 'delivered'
   UNION ALL
   SELECT k.id FROM alerts a JOIN runs r ON r.id = a.run_id AND r.alert_rules IS NULL JOIN changes k ON k.run_id = a.run_id
    WHERE a.event_id IS NULL AND a.status <> 'delivered');
COMMENT ON VIEW "directory"."unalerted_role_changes" IS 'Role changes that matched an alert rule and of which at least one channel has not been told. Must be empty shortly after a night. A change that no rule asked for is not in it.';

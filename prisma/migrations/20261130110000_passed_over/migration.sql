-- Whether a snapshot counts is settled by the plan and kept beside it: the statements of a first night looked each one up among
-- everybody who is planned, eight times over. Of a run, how many were passed over; null says that its plan marked none, having
-- been made by an older version, and whoever publishes it does so first.
-- Locks: observations and runs, for a moment each; no row is written. Older versions of the program run on this schema.

-- AlterTable
ALTER TABLE "observations" ADD COLUMN     "passed_over" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "passed_over" INTEGER;

COMMENT ON COLUMN "observations"."passed_over" IS 'Set by the plan: nothing of the snapshot is taken.';
COMMENT ON COLUMN "runs"."passed_over" IS 'How many snapshots the plan took nothing of; null before the plan.';

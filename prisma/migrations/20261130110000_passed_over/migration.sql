-- Whether a snapshot counts is settled by the plan and kept beside it: eight statements of a first night looked each one up
-- among everybody who is planned.
-- Locks: observations, for a moment, and no row of it is written but where a plan waits for a decision. Older versions of the
-- program run on this schema; what they planned before it was migrated is marked here.

-- AlterTable
ALTER TABLE "observations" ADD COLUMN     "passed_over" BOOLEAN NOT NULL DEFAULT false;

UPDATE observations o SET passed_over = true
  FROM runs r
 WHERE r.id = o.run_id AND r.planned_at IS NOT NULL AND o.snapshot IS NOT NULL
   AND NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = o.run_id AND p.entry = o.entry);

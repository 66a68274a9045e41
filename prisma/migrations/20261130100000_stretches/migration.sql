-- One job asks about so many neighbouring batches.
-- Locks: runs, for a moment; no row is written. Older versions of the program run on this schema: they ask about one batch
-- a job, and the sweep enqueues the others.

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "batches_per_job" INTEGER NOT NULL DEFAULT 1;

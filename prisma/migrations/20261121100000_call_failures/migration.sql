-- What a failed call counts against. An account that refuses calls is waited for by the whole run, for a bounded time; the
-- attempts made meanwhile are not the batch's own; and a failure's kind is kept, not read back out of its description.
-- Locks runs and batches for an instant: the columns are added to the catalogue, and no row is rewritten.

-- AlterTable
ALTER TABLE "runs" ADD COLUMN "refused_since" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "batches" ADD COLUMN "own_failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "last_failure" TEXT;

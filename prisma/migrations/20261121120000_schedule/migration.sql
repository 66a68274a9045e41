-- A night that failed for the network is opened again under its key, and whoever watches from outside is told when a
-- night begins and ends. Both are facts about a run, kept where the next process finds them.
-- Locks "runs" for a moment: the columns have a constant default or none, so no row is rewritten. Code that does not know
-- them goes on working.

ALTER TABLE "runs" ADD COLUMN "openings" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "runs" ADD COLUMN "begin_told_at" TIMESTAMPTZ(6);
ALTER TABLE "runs" ADD COLUMN "end_told_at" TIMESTAMPTZ(6);

COMMENT ON COLUMN "runs"."openings" IS 'How often it was opened: more than once where a failed night was tried again under its key.';
COMMENT ON COLUMN "runs"."begin_told_at" IS 'When the watcher from outside was told that this opening began; null: not yet.';
COMMENT ON COLUMN "runs"."end_told_at" IS 'When the watcher from outside was told how this opening ended; null: not yet.';

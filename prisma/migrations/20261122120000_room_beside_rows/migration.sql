-- A row that changes finds room on its own page, and enters no index: one page is written instead of five. Pages that are
-- full today make room as their rows change. Who was removed is found without looking at everybody.
-- Locks: CREATE INDEX keeps writers out of users, a second with a million; the settings keep VACUUM out as long. Older
-- versions of the program run on this schema.

-- Of everybody, one in a hundred changes in a night.
ALTER TABLE "users" SET (fillfactor = 90);

-- Most log in every day.
ALTER TABLE "last_logins" SET (fillfactor = 50);

-- CreateIndex
CREATE INDEX "users_removed" ON "users"("id") WHERE (removed_at IS NOT NULL);

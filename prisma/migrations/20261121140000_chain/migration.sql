-- A hash chain over published runs, so that a later edit of the audit shows, and the erasure of one person that leaves
-- the chain whole. `kore-sync verify` reads it; docs/verify.md says what it proves and what it does not.
-- Locks nothing: every object is new. Older versions go on working: they publish runs without a link, and the next
-- publication by this version links them, in order, before its own.

-- CreateTable
CREATE TABLE "digests" (
    "run_id" BIGINT NOT NULL,
    "subject" BIGINT NOT NULL,
    "salt" UUID,
    "digest" BYTEA NOT NULL,

    CONSTRAINT "digests_pkey" PRIMARY KEY ("run_id","subject")
);

-- CreateTable
CREATE TABLE "run_links" (
    "run_id" BIGINT NOT NULL,
    "previous" BYTEA,
    "facts" BYTEA NOT NULL,
    "items" BYTEA NOT NULL,
    "item_count" BIGINT NOT NULL,
    "link" BYTEA NOT NULL,
    "linked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "run_links_pkey" PRIMARY KEY ("run_id")
);

-- AddForeignKey
ALTER TABLE "run_links" ADD CONSTRAINT "run_links_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

COMMENT ON TABLE "digests" IS 'One salted digest per published change; of the baseline one per person, and one of all names as subject 0. Without its salt a digest is of something erased.';
COMMENT ON COLUMN "digests"."subject" IS 'changes.id; of the baseline users.id, or 0 for the names of roles, bots and groups.';
COMMENT ON COLUMN "digests"."digest" IS 'SHA-256 of the salt and the content in canonical form.';
COMMENT ON TABLE "run_links" IS 'The hash chain over published runs, in the order of as_of.';
COMMENT ON COLUMN "run_links"."previous" IS 'The link of the published run before; null for the first.';
COMMENT ON COLUMN "run_links"."facts" IS 'SHA-256 of the run''s own row: its key, instants, counts, plan hash and decision.';
COMMENT ON COLUMN "run_links"."items" IS 'SHA-256 of its digests in the order of their subjects.';
COMMENT ON COLUMN "run_links"."link" IS 'SHA-256 of previous, facts and items. The last one is the head of the chain.';

-- What Prisma cannot say.

-- Takes one person out of everything that is kept, and leaves the digests of what was said about them, without salts:
-- nobody can tell any more what they were of, and the chain stands. Returns how many these are.
CREATE FUNCTION "erase_person"("erased_user_id" text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  erased_person int;
  erased_emails text[];
  erased_changes bigint;
  erased_baseline bigint;
BEGIN
  -- An opener holds the account's row until its run is visible: no run begins meanwhile.
  PERFORM FROM account FOR UPDATE;
  IF EXISTS (SELECT FROM runs WHERE status = 'open' OR status = 'held' AND NOT dry_run) THEN
    RAISE EXCEPTION 'A run is open or held and may hold this person''s data. Let it end, or reject it, then erase.';
  END IF;
  IF EXISTS (SELECT FROM runs r WHERE r.status = 'published' AND NOT EXISTS (SELECT FROM run_links l WHERE l.run_id = r.id)) THEN
    RAISE EXCEPTION 'A published run has no link in the chain yet. Let one more night be published, then erase.';
  END IF;
  SELECT id INTO erased_person FROM users WHERE user_id = erased_user_id;
  IF erased_person IS NULL AND NOT EXISTS (SELECT FROM changes WHERE user_id = erased_user_id) THEN
    RAISE EXCEPTION 'There is no such person. Name them by user_id, as directory.users has it.';
  END IF;

  SELECT array_agg(DISTINCT email) INTO erased_emails FROM (
    SELECT email FROM users WHERE id = erased_person
    UNION ALL SELECT email FROM user_versions WHERE person_id = erased_person
    UNION ALL SELECT email FROM changes WHERE user_id = erased_user_id
    UNION ALL SELECT unnest(ARRAY[before #>> '{}', after #>> '{}']) FROM changes
               WHERE user_id = erased_user_id AND kind = 'email_changed'
    UNION ALL SELECT entry FROM addresses WHERE person_id = erased_person
  ) e WHERE email IS NOT NULL;

  UPDATE digests d SET salt = NULL FROM changes c
   WHERE c.user_id = erased_user_id AND d.run_id = c.run_id AND d.subject = c.id AND d.salt IS NOT NULL;
  GET DIAGNOSTICS erased_changes = ROW_COUNT;
  UPDATE digests d SET salt = NULL FROM runs r
   WHERE r.status = 'published' AND r.base_id IS NULL AND d.run_id = r.id AND d.subject = erased_person AND d.salt IS NOT NULL;
  GET DIAGNOSTICS erased_baseline = ROW_COUNT;

  DELETE FROM alert_matches m USING changes c
   WHERE c.user_id = erased_user_id AND m.run_id = c.run_id AND m.change_id = c.id;
  DELETE FROM changes WHERE user_id = erased_user_id;
  DELETE FROM grant_sources s USING role_grants g WHERE g.person_id = erased_person AND s.grant_id = g.id;
  DELETE FROM role_grants WHERE person_id = erased_person;
  DELETE FROM group_memberships WHERE person_id = erased_person;
  DELETE FROM task_assignments WHERE person_id = erased_person;
  DELETE FROM user_versions WHERE person_id = erased_person;
  DELETE FROM last_logins WHERE person_id = erased_person;
  DELETE FROM unconfirmed WHERE person_id = erased_person;
  -- An address that somebody else has now is theirs.
  DELETE FROM addresses WHERE (person_id = erased_person OR person_id IS NULL) AND entry = ANY (erased_emails || erased_user_id);
  DELETE FROM unanswered_entries WHERE entry = ANY (erased_emails || erased_user_id);
  DELETE FROM users WHERE id = erased_person;
  RETURN erased_changes + erased_baseline;
END $$;
REVOKE EXECUTE ON FUNCTION "erase_person"(text) FROM PUBLIC;
COMMENT ON FUNCTION "erase_person"(text) IS 'Erases one person, by Kore.ai''s user id, and all that was ever said about them; see docs/verify.md.';

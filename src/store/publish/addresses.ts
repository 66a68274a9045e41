import { LATEST_NIGHT } from '../latest-run.ts';
import { OF_ANSWERED_USER } from '../taken-snapshots.ts';
import type { Night } from './night.ts';

/** Whom each entry leads to, whether it is on the roster, and which run last said so. After the users. */
export async function publishAddresses({ connection, runId, baseline }: Night): Promise<void> {
  await connection.query(SAVE_UNANSWERED_ENTRIES, [runId]);
  if (!baseline) {
    await connection.query(CONFIRM_ASKED, [runId]);
    await connection.query(MOVE_ROSTER, [runId]);
    await connection.query(KEEP_UNANSWERED, [runId]);
  }
  await connection.query(SAVE_FOUND, [runId]);
  await connection.query(SAVE_ABSENT, [runId]);
}

const LATEST_ID = `(SELECT id FROM (${LATEST_NIGHT}) night)`;

/**
 * What is kept of an entry that run `$1` confirmed: nothing where that becomes the latest night, which goes without
 * saying; a retry does not become that.
 */
const CONFIRMING = `(SELECT id FROM runs WHERE id = $1 AND scope = 'retry')`;

/**
 * Entries without a usable answer, and those of users about whom the answers disagree, also where one of them is as
 * known: nothing of either is taken.
 */
const SAVE_UNANSWERED_ENTRIES = `
  INSERT INTO unanswered_entries (run_id, entry, entry_kind, rostered, reason)
  SELECT o.run_id, o.entry, b.entry_kind, b.rostered, coalesce(o.reason, 'answers about this user disagree')
    FROM observations o
    JOIN batches b ON b.run_id = o.run_id AND b.no = o.batch_no
    LEFT JOIN planned_users p ON p.run_id = o.run_id AND p.user_id = o.user_id
   WHERE o.run_id = $1 AND (o.answer = 'unanswered' OR o.passed_over AND p.fate = 'unanswered')
  UNION ALL
  SELECT b.run_id, a.entry, b.entry_kind, b.rostered, 'answers about this user disagree'
    FROM planned_users p
    JOIN addresses a ON a.person_id = p.person_id
    JOIN (SELECT run_id, no, unnest(entries) AS entry FROM batch_entries WHERE run_id = $1) asked ON asked.entry = a.entry
    JOIN batches b ON b.run_id = asked.run_id AND b.no = asked.no AND b.status <> 'split'
    LEFT JOIN observations o ON o.run_id = p.run_id AND o.entry = a.entry
   WHERE p.run_id = $1 AND p.fate = 'unanswered'
     AND (o.entry IS NULL OR o.answer = 'found' AND o.user_id = p.user_id AND o.snapshot IS NULL)`;

const CONFIRM_ASKED = `
  UPDATE addresses a SET confirmed_run_id = ${CONFIRMING}
    FROM batch_entries b, unnest(b.entries) AS asked (entry)
   WHERE b.run_id = $1 AND a.entry = asked.entry AND a.confirmed_run_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM unanswered_entries o WHERE o.run_id = $1 AND o.entry = a.entry)`;

/** An entry that leads to nobody current is not asked about once it leaves the roster. */
const MOVE_ROSTER = `
  UPDATE addresses a
     SET in_roster = m.in_roster,
         confirmed_run_id = CASE WHEN m.in_roster OR u.id IS NOT NULL THEN a.confirmed_run_id
                                 ELSE coalesce(a.confirmed_run_id, ${LATEST_ID}) END
    FROM roster_moves m
    JOIN addresses again ON again.entry = m.entry
    LEFT JOIN users u ON u.id = again.person_id AND u.removed_at IS NULL
   WHERE m.run_id = $1 AND a.entry = m.entry`;

const KEEP_UNANSWERED = `
  UPDATE addresses a SET confirmed_run_id = ${LATEST_ID}
    FROM unanswered_entries o
   WHERE o.run_id = $1 AND a.entry = o.entry AND a.confirmed_run_id IS NULL`;

const COLUMNS = 'entry, entry_kind, person_id, absent, in_roster, confirmed_run_id';

/** A row that is as it should be is left out beforehand: the conflict alone would lock it, and write its page. */
const save = (addresses: string): string => `
  INSERT INTO addresses (${COLUMNS})
  SELECT n.*
    FROM (${addresses}) n (${COLUMNS})
    LEFT JOIN addresses a ON a.entry = n.entry
   WHERE (a.person_id, a.absent, a.in_roster, a.confirmed_run_id)
         IS DISTINCT FROM (n.person_id, n.absent, n.in_roster, n.confirmed_run_id)
   ORDER BY n.entry COLLATE "C"
  ON CONFLICT (entry) DO UPDATE
     SET person_id = excluded.person_id, absent = excluded.absent, in_roster = excluded.in_roster,
         confirmed_run_id = excluded.confirmed_run_id`;

const SAVE_FOUND = save(`
  SELECT o.entry, b.entry_kind, u.id, false, b.rostered, ${CONFIRMING}
    FROM observations o
    JOIN batches b ON b.run_id = o.run_id AND b.no = o.batch_no
    JOIN users u ON u.user_id = o.user_id
   WHERE o.run_id = $1 AND o.snapshot IS NOT NULL AND ${OF_ANSWERED_USER}`);

/**
 * An absent address stays with a removed user, who may come back to it, and with an unanswered one, of whom
 * nothing is taken. A user who was found elsewhere has left it. Off the roster it is not asked about again,
 * so this run is the one that confirmed it.
 */
const SAVE_ABSENT = save(`
  SELECT o.entry, b.entry_kind, CASE WHEN p.fate IN ('removed', 'absent', 'unanswered') THEN a.person_id END,
         true, b.rostered, CASE WHEN NOT b.rostered THEN o.run_id ELSE ${CONFIRMING} END
    FROM observations o
    JOIN batches b ON b.run_id = o.run_id AND b.no = o.batch_no
    LEFT JOIN addresses a ON a.entry = o.entry
    LEFT JOIN planned_users p ON p.run_id = o.run_id AND p.person_id = a.person_id
   WHERE o.run_id = $1 AND o.answer = 'absent'`);

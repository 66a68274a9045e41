import { openRun } from '../../src/store/open-run.ts';
import { planRun } from '../../src/sync/plan-run.ts';
import { USUAL_GUARD_LIMITS } from './guard-limits.ts';
import { newRun, rosterOf } from './new-run.ts';
import type { TestStore } from './store.ts';

/**
 * Opens a run and has it answered by so many people: each has three grants, one through a group, and is in a group. One in
 * ten is an administrator, has a task, and had an address that leads to nobody any more.
 */
export async function answerEverybody(
  { database, query }: TestStore,
  people: number,
  key = 'first',
): Promise<string> {
  const { runId } = await openRun(database, newRun(['somebody@example.com'], { key }));
  await query(ANSWER_FOUND, [runId, people, 1, {}]);
  await query(ANSWER_ABSENT, [runId, people]);
  await query(RECEIVE, [runId, people]);
  return runId;
}

/** The same, planned and about to be published. */
export async function planFirstNight(store: TestStore, people: number, key?: string): Promise<string> {
  const runId = await answerEverybody(store, people, key);
  await planRun(store.database, runId, USUAL_GUARD_LIMITS);
  return runId;
}

/** The night after that: every so many of them are locked and have logged in, and nothing else has changed. */
export async function planNightOfLocks(
  { database, query }: TestStore,
  people: number,
  every: number,
): Promise<string> {
  const numbers = Array.from({ length: people }, (_, index) => index + 1);
  const entries = [
    ...numbers.map((n) => `${n}@example.com`),
    ...numbers.filter((n) => n % 10 === 0).map((n) => `former-${n}@example.com`),
  ];
  const roster = rosterOf(entries, { chunk: entries.length });
  const { runId } = await openRun(database, newRun([], { key: 'locks', batchSize: entries.length, roster }));
  await query(ANSWER_FOUND, [runId, people, every, { status: 'Locked' }]);
  await query(RECEIVE, [runId, people]);
  await planRun(database, runId, USUAL_GUARD_LIMITS);
  return runId;
}

/** The receipt of the one batch. */
const RECEIVE = `
  UPDATE batches
     SET status = 'answered', size = $2::int + $2::int / 10, found = $2, absent = $2::int / 10, answered_at = clock_timestamp()
   WHERE run_id = $1`;

/** Every so many of them, with what is said besides. */
const ANSWER_FOUND = `
  INSERT INTO observations (run_id, batch_no, entry, answer, user_id, email, hash, snapshot, last_login)
  SELECT $1, 1, n || '@example.com', 'found', 'u-' || n, n || '@example.com', sha256((n || $4::text)::bytea),
         jsonb_build_object(
           'userId', 'u-' || n, 'email', n || '@example.com',
           'botRoles', jsonb_build_object('complete', true, 'items', (
             SELECT jsonb_agg(jsonb_build_object(
                      'roleId', 'r-' || g, 'botId', 'b-' || n % 7, 'direct', g < 3,
                      'viaGroupNames', CASE WHEN g < 3 THEN '[]'::jsonb ELSE to_jsonb(ARRAY['Group ' || n % 10]) END))
               FROM generate_series(1, 3) g)),
           'adminRoles', jsonb_build_object('complete', true, 'items', CASE WHEN n % 10 = 0 THEN
             jsonb_build_array(jsonb_build_object('roleId', 'a-1', 'direct', true, 'viaGroupNames', '[]'::jsonb)) ELSE '[]' END),
           'groups', jsonb_build_object('complete', true, 'items', jsonb_build_array(
             jsonb_build_object('groupId', 'g-' || n % 10, 'groupName', 'Group ' || n % 10))),
           'tasks', jsonb_build_object('complete', true, 'items', CASE WHEN n % 10 = 0 THEN
             jsonb_build_array(jsonb_build_object('botId', 'b-1', 'taskIds', jsonb_build_object('dialog', jsonb_build_array('t-1'))))
             ELSE '[]' END)) || $4::jsonb,
         now()
    FROM generate_series($3::int, $2::int, $3::int) n`;

const ANSWER_ABSENT = `
  INSERT INTO observations (run_id, batch_no, entry, answer, reason)
  SELECT $1, 1, 'former-' || n || '@example.com', 'absent', 'not found' FROM generate_series(10, $2::int, 10) n`;

import { describe, expect, test } from 'vitest';
import { publishRun } from '../../src/store/publish/publish.ts';
import { planRun } from '../../src/sync/plan-run.ts';
import { answerEverybody } from '../support/first-night.ts';
import { USUAL_GUARD_LIMITS } from '../support/guard-limits.ts';
import { openStore, type TestStore } from '../support/store.ts';

const PEOPLE = 20;

/** A first night in which the first person was found twice, and the second was, with another status the second time. */
async function planDoubles(store: TestStore): Promise<string> {
  const runId = await answerEverybody(store, PEOPLE);
  await store.query(
    `INSERT INTO observations (run_id, batch_no, entry, answer, user_id, email, hash, snapshot, last_login)
     SELECT run_id, batch_no, 'x-' || entry, answer, user_id, 'x-' || email,
            CASE user_id WHEN 'u-1' THEN hash ELSE sha256('locked') END,
            CASE user_id WHEN 'u-1' THEN snapshot ELSE snapshot || '{"status": "Locked"}' END, last_login
       FROM observations WHERE run_id = $1 AND user_id IN ('u-1', 'u-2')`,
    [runId],
  );
  await store.query(`UPDATE batches SET size = size + 2, found = found + 2`);
  await planRun(store.database, runId, USUAL_GUARD_LIMITS);
  return runId;
}

/** What such a night publishes. */
async function expectPublished(store: TestStore): Promise<void> {
  expect(await store.query('SELECT FROM directory.users')).toHaveLength(PEOPLE - 1);
  expect(await store.query(`SELECT FROM directory.role_grants WHERE user_id = 'u-1'`)).toHaveLength(3);
  expect(await store.query('SELECT entry FROM unanswered_entries ORDER BY entry COLLATE "C"')).toEqual([
    { entry: '2@example.com' },
    { entry: 'x-2@example.com' },
  ]);
}

describe('a snapshot of which nothing is taken', () => {
  test('is marked by the plan: the second of somebody, and all of whom they disagree about', async () => {
    const store = await openStore();
    const runId = await planDoubles(store);
    expect(
      await store.query('SELECT entry FROM observations WHERE passed_over ORDER BY entry COLLATE "C"'),
    ).toEqual([{ entry: '2@example.com' }, { entry: 'x-1@example.com' }, { entry: 'x-2@example.com' }]);
    expect(await store.query('SELECT passed_over FROM runs')).toEqual([{ passed_over: 3 }]);
    expect(await publishRun(store.database, runId)).toBe(true);
    await expectPublished(store);
  });

  test('is marked before the publication where an older version planned it, which marks none', async () => {
    const store = await openStore();
    const runId = await planDoubles(store);
    await store.query('UPDATE observations SET passed_over = false');
    await store.query('UPDATE runs SET passed_over = NULL');
    expect(await publishRun(store.database, runId)).toBe(true);
    await expectPublished(store);
  });
});

import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postponeBatch, splitBatches } from '../../src/store/batches.ts';
import { openRun } from '../../src/store/open-run.ts';
import { saveAnswers } from '../../src/store/save-answers.ts';
import { countFailure } from '../../src/store/streak.ts';
import { loadPendingBatch } from '../support/batches.ts';
import { newRun } from '../support/new-run.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;
let runId: string;

beforeAll(async () => {
  store = await createStore(12);
  return store.close;
});

beforeEach(async () => {
  await emptyStore(store);
  const entries = Array.from({ length: 8 }, (_, index) => `p${index}@example.com`);
  ({ runId } = await openRun(store.database, newRun(entries, { batchSize: 2 })));
});

async function answer(no: number, status: 'answered' | 'given_up' = 'answered'): Promise<boolean> {
  const receipt = { found: 0, absent: 0, unanswered: 2, ignored: 0, durationMs: 1 };
  const saved = await saveAnswers(store.database, runId, [{ no, status, receipt, observations: [] }]);
  return saved.includes(no);
}

async function fail(no: number, trouble: 'down' | 'refusing' = 'down') {
  return countFailure(store.database, { runId, no }, trouble);
}

async function age(column: 'failing_since' | 'refused_since', hours: number): Promise<void> {
  await store.query(`UPDATE runs SET ${column} = ${column} - make_interval(hours => ${hours})`);
}

async function readStreak() {
  const [run] = await store.query(
    'SELECT failures, failing_since IS NOT NULL AS failing, refused_since IS NOT NULL AS refused FROM runs',
  );
  return run;
}

const NONE = { failures: 0, failing: false, refused: false };

describe('the streak of a run', () => {
  test('counts the calls that failed and tells since when', async () => {
    expect(await fail(1)).toMatchObject({ trouble: 'down', failures: 1, suspectsOnly: false });
    await age('failing_since', 2);
    const streak = await fail(2);
    expect(streak.failures).toBe(2);
    expect(Math.round(streak.lastingMs / 3_600_000)).toBe(2);
  });

  test('ends with a call that was answered, whoever else was asked about the batch at the same time', async () => {
    await answer(1);
    await fail(2);
    await fail(2, 'refusing');
    expect(await answer(1)).toBe(false);
    expect(await readStreak()).toEqual(NONE);
  });

  test('ends with an answer to a call that was made before the first of them failed', async () => {
    const asked = await loadPendingBatch(store, runId, 1);
    expect(asked).toBeDefined();
    await fail(2);
    await answer(1);
    expect(await readStreak()).toEqual(NONE);
  });

  test('does not end with a batch that is given up', async () => {
    await fail(1);
    await answer(1, 'given_up');
    expect(await readStreak()).toEqual({ failures: 1, failing: true, refused: false });
  });

  test('of silence ends with a refusal, that of refusals with nothing but an answer', async () => {
    await fail(1, 'refusing');
    await age('refused_since', 3);
    await fail(1);
    const refused = await fail(2, 'refusing');
    expect(Math.round(refused.lastingMs / 3_600_000)).toBe(3);
    expect(await readStreak()).toEqual({ failures: 0, failing: false, refused: true });
    await answer(3);
    expect(await readStreak()).toEqual(NONE);
  });

  test('is one of suspects where something was answered and all who were not have failed before', async () => {
    await answer(1);
    await answer(2);
    expect(await fail(3)).toMatchObject({ suspectsOnly: false });
    const failed = { as: 'reset', seen: 'reset', isOwn: true };
    await postponeBatch(store.database, { runId, no: 4 }, 0, failed);
    expect(await fail(3)).toMatchObject({ suspectsOnly: true });
  });

  test('may be counted, ended and split under by many at once', async () => {
    // Whoever locks both the run and a batch locks the run first: else PostgreSQL ends one of them for a deadlock.
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        ...[1, 2, 3, 4].map((no) => answer(no)),
        ...[1, 2, 3, 4].map((no) => fail(no)),
        splitBatches(store.database, runId, 1, 'all'),
      ]);
    }
    expect(
      await store.query(
        `SELECT FROM batches WHERE status = 'answered' AND found + absent + unanswered <> size`,
      ),
    ).toEqual([]);
  });
});

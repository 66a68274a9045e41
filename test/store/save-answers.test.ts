import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../src/core/observation.ts';
import { saveAnswers } from '../../src/store/save-answers.ts';
import { answerBatch, loadPendingBatch, openBatches, receipt } from '../support/batches.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore();
  return store.close;
});

beforeEach(() => emptyStore(store));

describe('the answers of a batch', () => {
  const ABSENT: Observation = { answer: 'absent', entry: 'ann@example.com', reason: 'User not found.' };
  const FOUND: Observation = {
    answer: 'found',
    entry: 'bob@example.com',
    userId: 'u-2',
    snapshot: { snapshot: { userId: 'u-2', email: 'bob@example.com' }, hash: 'abcd' },
    lastLogin: '2026-03-01T08:00:00.125Z',
  };
  const UNANSWERED: Observation = { answer: 'unanswered', entry: 'eve@example.com', reason: 'reset' };
  const STORED = `SELECT entry, answer::text, user_id, email, encode(hash, 'hex') AS hash, snapshot, last_login, reason
                    FROM observations ORDER BY entry`;

  test('are stored together with its receipt', async () => {
    const runId = await openBatches(store, 2);
    expect(await answerBatch(store, runId, 1, receipt(1, 1), [ABSENT, FOUND])).toBe(true);
    expect(await store.query(STORED)).toEqual([
      {
        entry: 'ann@example.com',
        answer: 'absent',
        user_id: null,
        email: null,
        hash: null,
        snapshot: null,
        last_login: null,
        reason: 'User not found.',
      },
      {
        entry: 'bob@example.com',
        answer: 'found',
        user_id: 'u-2',
        email: 'bob@example.com',
        hash: 'abcd',
        snapshot: { userId: 'u-2', email: 'bob@example.com' },
        last_login: new Date('2026-03-01T08:00:00.125Z'),
        reason: null,
      },
    ]);
    const [batch] = await store.query(
      'SELECT status, attempts, found, absent, unanswered FROM batches WHERE no = 1',
    );
    expect(batch).toEqual({ status: 'answered', attempts: 1, found: 1, absent: 1, unanswered: 0 });
  });

  test('of several batches are stored at once, each with its own, and without those of one that was in', async () => {
    const runId = await openBatches(store, 2);
    await answerBatch(store, runId, 2, receipt(2));
    const late: Observation = { answer: 'absent', entry: 'cid@example.com', reason: 'too late' };
    const saved = await saveAnswers(store.database, runId, [
      { no: 3, status: 'given_up', receipt: receipt(0, 0, 1), error: 'reset', observations: [UNANSWERED] },
      { no: 2, status: 'answered', receipt: receipt(1, 1), observations: [late] },
      { no: 1, status: 'answered', receipt: receipt(1, 1), observations: [ABSENT, FOUND] },
    ]);
    expect([...saved].sort()).toEqual([1, 3]);
    expect(
      await store.query('SELECT batch_no, entry, answer::text FROM observations ORDER BY entry'),
    ).toEqual([
      { batch_no: 1, entry: 'ann@example.com', answer: 'absent' },
      { batch_no: 1, entry: 'bob@example.com', answer: 'found' },
      { batch_no: 3, entry: 'eve@example.com', answer: 'unanswered' },
    ]);
    expect(
      await store.query(
        'SELECT no, status::text, found, absent, unanswered, last_error FROM batches ORDER BY no',
      ),
    ).toEqual([
      { no: 1, status: 'answered', found: 1, absent: 1, unanswered: 0, last_error: null },
      { no: 2, status: 'answered', found: 2, absent: 0, unanswered: 0, last_error: null },
      { no: 3, status: 'given_up', found: 0, absent: 0, unanswered: 1, last_error: 'reset' },
    ]);
  });

  test('of the same batches may come from many at once, in whatever order each has them', async () => {
    // I3; two who locked them in orders of their own would wait for each other, and PostgreSQL would end one.
    const entries = Array.from({ length: 40 }, (_, index) => `${index + 10}@example.com`);
    const runId = await openBatches(store, 1, entries);
    const outcomes = entries.map((entry, index) => ({
      no: index + 1,
      status: 'answered' as const,
      receipt: receipt(0, 1),
      observations: [{ answer: 'absent' as const, entry, reason: 'User not found.' }],
    }));
    const saved = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        saveAnswers(store.database, runId, index % 2 === 0 ? outcomes : outcomes.toReversed()),
      ),
    );
    expect(saved.flat().sort((a, b) => a - b)).toEqual(outcomes.map(({ no }) => no));
    expect(await store.query('SELECT count(*)::int AS stored FROM observations')).toEqual([{ stored: 40 }]);
  });

  test('are those of whoever came first, though ten come at once', async () => {
    // I3
    const runId = await openBatches(store, 2);
    const rivals = Array.from({ length: 10 }, (_, index) =>
      answerBatch(store, runId, 1, receipt(0, 2), [
        { answer: 'absent', entry: 'ann@example.com', reason: `rival ${index}` },
        { answer: 'absent', entry: 'bob@example.com', reason: `rival ${index}` },
      ]),
    );
    const won = (await Promise.all(rivals)).indexOf(true);
    expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
    expect(await store.query('SELECT DISTINCT reason FROM observations')).toEqual([
      { reason: `rival ${won}` },
    ]);
    expect(await answerBatch(store, runId, 1, receipt(2))).toBe(false);
  });

  test('are not stored at all where the receipt does not account for every entry', async () => {
    // I10
    const runId = await openBatches(store, 2);
    await expect(answerBatch(store, runId, 1, receipt(0, 1), [ABSENT])).rejects.toThrow(/batches_receipt/);
    expect(await store.query(STORED)).toEqual([]);
    expect(await loadPendingBatch(store, runId, 1)).toMatchObject({ attempts: 0 });
  });
});

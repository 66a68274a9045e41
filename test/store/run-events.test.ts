import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { quickRules } from '../../src/core/alert-rule.ts';
import { inTransaction } from '../../src/store/database.ts';
import { publishAudit } from '../../src/store/publish/audit.ts';
import { saveRunEvent } from '../../src/store/run-events.ts';
import { failRun } from '../../src/store/runs.ts';
import { createStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore(3);
  return store.close;
});

beforeEach(async () => {
  await store.query('DELETE FROM alerts; DELETE FROM runs; DELETE FROM run_events');
});

const RULES = JSON.stringify(quickRules(['slack', 'email']));

async function insertRun(key: string, columns: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const names = ['key', 'trigger', 'alert_rules', ...Object.keys(columns)];
  const [run] = await store.query<{ id: string }>(
    `INSERT INTO runs (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    [key, 'manual', RULES, ...Object.values(columns)],
  );
  return run?.id ?? '';
}

async function publish(runId: string): Promise<void> {
  await inTransaction(store.database.pool, (connection) =>
    publishAudit({ connection, runId, asOf: '2026-11-21T00:00:00Z', baseline: false }),
  );
}

async function readEvents(): Promise<object[]> {
  return store.query(
    `SELECT e.kind::text AS kind, e.detail, array_agg(a.channel ORDER BY a.channel) AS channels
       FROM run_events e LEFT JOIN alerts a ON a.event_id = e.id GROUP BY e.id ORDER BY e.id`,
  );
}

describe('an event', () => {
  test('is recorded once, by any number of those who notice it at the same time', async () => {
    const event = { kind: 'skipped', key: 'nightly-1', runId: null, detail: 'run 3 is open' } as const;
    const rules = quickRules(['slack']);
    const saved = await Promise.all(
      Array.from({ length: 5 }, () => saveRunEvent(store.database.pool, event, rules)),
    );
    expect(saved.filter((isFirst) => isFirst)).toHaveLength(1);
    expect(await readEvents()).toEqual([{ kind: 'skipped', detail: 'run 3 is open', channels: ['slack'] }]);
  });

  test('of a run is judged by the rules stored with it', async () => {
    const runId = await insertRun('one');
    const event = { kind: 'late', key: runId, runId, detail: 'since 02:00' } as const;
    await saveRunEvent(store.database.pool, event, quickRules(['log']));
    expect(await readEvents()).toMatchObject([{ channels: ['email', 'slack'] }]);
  });

  test('is not made by a dry run', async () => {
    const runId = await insertRun('one', { dry_run: true });
    expect(await failRun(store.database, runId, 'KORE_REFUSED', 'no')).toBe(true);
    expect(await readEvents()).toEqual([]);
  });
});

describe('a run', () => {
  test('that fails says so once, with its code', async () => {
    const runId = await insertRun('one');
    expect(await failRun(store.database, runId, 'KORE_REFUSED', 'check the secret')).toBe(true);
    expect(await failRun(store.database, runId, 'KORE_REFUSED', 'check the secret')).toBe(false);
    expect(await readEvents()).toEqual([
      { kind: 'failed', detail: 'KORE_REFUSED: check the secret', channels: ['email', 'slack'] },
    ]);
  });

  test('that is published in part says how much', async () => {
    await publish(await insertRun('one', { found: 6, absent: 1, unanswered: 2, coverage: '0.77777778' }));
    expect(await readEvents()).toEqual([
      {
        kind: 'partial',
        detail: '2 of 9 entries stayed unanswered (coverage 77.7%); nothing about them was changed',
        channels: ['email', 'slack'],
      },
    ]);
  });

  test('that meets fields of the API it does not know says so once for each set of them', async () => {
    const many = Array.from({ length: 12 }, (_, n) => `field${n + 10}`);
    for (const [key, drift] of Object.entries({ a: ['x'], b: ['x'], c: many })) {
      const runId = await insertRun(key, { drift, found: 1, coverage: '1' });
      await publish(runId);
      await store.query(`UPDATE runs SET status = 'failed' WHERE id = $1`, [runId]);
    }
    const events = await readEvents();
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ kind: 'drift', detail: expect.stringContaining('know: x') as unknown });
    expect(events[1]).toMatchObject({ detail: expect.stringMatching(/field19 and 2 more$/) as unknown });
  });
});

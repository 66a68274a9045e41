import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SyncError } from '../../src/core/errors.ts';
import { countDueJobs, countPendingBatches, loadDueJobs } from '../../src/store/batches.ts';
import { openRun, type NewRun } from '../../src/store/open-run.ts';
import { newRun, rosterOf } from '../support/new-run.ts';
import { createStore, emptyStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore(12);
  return store.close;
});

beforeEach(() => emptyStore(store));

const BATCHES = `
  SELECT b.no, b.entry_kind::text AS kind, b.rostered, e.entries
    FROM batches b JOIN batch_entries e USING (run_id, no) ORDER BY no`;

/** Somebody from an earlier night; `removed` or current. */
async function know(
  email: string,
  { id, removed = false, inRoster = true }: { id: number; removed?: boolean; inRoster?: boolean },
) {
  await store.query(
    `INSERT INTO users (id, user_id, email, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at, removed_at)
     VALUES ($1, $2, $3, true, true, true, true, now(), CASE WHEN $4 THEN now() END)`,
    [id, `u-${id}`, email, removed],
  );
  await store.query(
    `INSERT INTO addresses (entry, entry_kind, person_id, absent, in_roster) VALUES ($1, 'email', $2, $3, $4)`,
    [email, id, removed, inRoster],
  );
}

async function endRun(status: string): Promise<void> {
  await store.query(
    `UPDATE runs SET status = $1::run_status, as_of = clock_timestamp(), published_at = now(), coverage = 1`,
    [status],
  );
}

describe('opening a run', () => {
  test('cuts the roster into batches, in an order that is always the same', async () => {
    const roster = rosterOf(['eve@example.com', 'ann@example.com', 'cid@example.com']);
    const run = await openRun(store.database, newRun([], { roster }));
    expect(run).toMatchObject({ openedHere: true, dryRun: false });
    expect(await store.query(BATCHES)).toEqual([
      { no: 1, kind: 'email', rostered: true, entries: ['ann@example.com', 'cid@example.com'] },
      { no: 2, kind: 'email', rostered: true, entries: ['eve@example.com'] },
    ]);
  });

  test('counts what is valid once, what is repeated, and what is rejected, with line and reason', async () => {
    const rejected = [{ line: 4, reason: 'is not an email address: it has no @', text: 'nobody' }];
    const roster = rosterOf(['ann@example.com', 'bob@example.com', 'ann@example.com'], { rejected });
    await openRun(store.database, newRun([], { roster }));
    expect(await store.query('SELECT entries, rejected, duplicates FROM runs')).toEqual([
      { entries: 2, rejected: 1, duplicates: 1 },
    ]);
    expect(await store.query('SELECT line, reason, text FROM rejected_entries')).toEqual(rejected);
  });

  test('asks one org user id per call, since no reply says which is which', async () => {
    const roster = rosterOf(['ou-1', 'ou-2'], { kind: 'org_user_id' });
    await openRun(store.database, newRun([], { roster, batchSize: 50 }));
    expect(await store.query(BATCHES)).toMatchObject([
      { kind: 'org_user_id', entries: ['ou-1'] },
      { kind: 'org_user_id', entries: ['ou-2'] },
    ]);
  });

  test('asks about neighbouring batches by one job where there are thousands of them', async () => {
    const entries = Array.from({ length: 2_000 }, (_, index) => `${index}@example.com`);
    const roster = rosterOf(entries, { chunk: entries.length });
    const { runId } = await openRun(store.database, newRun([], { roster, batchSize: 1 }));
    expect(await countPendingBatches(store.database, runId)).toBe(2_000);
    expect(await countDueJobs(store.database, runId)).toBe(1_000);
  });

  test('cuts what is asked again with stretches of its own: the job of the one before may be running', async () => {
    const open = (entries: readonly string[], openings: number) =>
      openRun(
        store.database,
        newRun([], { roster: rosterOf(entries, { chunk: 3_000 }), batchSize: 1, openings }),
      );
    const few = Array.from({ length: 1_999 }, (_, index) => `${index}@example.com`);
    const { runId } = await open(few, 0);
    await store.query(`UPDATE runs SET status = 'failed'`);
    expect(await open([...few, 'one-more@example.com'], 1)).toMatchObject({ runId });
    const [first] = await store.query(
      `SELECT min(no) AS no, batches_per_job FROM batches JOIN runs ON id = run_id GROUP BY batches_per_job`,
    );
    expect(first).toEqual({ no: 2_001, batches_per_job: 2 });
    expect(await loadDueJobs(store.database, runId, undefined, 1)).toMatchObject([{ no: 2_001, attempt: 0 }]);
  });

  test('asks current users who left the roster too, in batches of their own', async () => {
    await know('left@example.com', { id: 1 });
    await know('stays@example.com', { id: 2 });
    await know('gone@example.com', { id: 3, removed: true });
    await openRun(store.database, newRun(['stays@example.com', 'new@example.com'], { batchSize: 50 }));
    expect(await store.query(BATCHES)).toMatchObject([
      { rostered: true, entries: ['new@example.com', 'stays@example.com'] },
      { rostered: false, entries: ['left@example.com'] },
    ]);
  });

  test('asks about somebody removed only while the roster names them', async () => {
    await know('gone@example.com', { id: 1, removed: true });
    await openRun(store.database, newRun(['gone@example.com']));
    expect(await store.query(BATCHES)).toMatchObject([{ rostered: true, entries: ['gone@example.com'] }]);
  });

  test('notes who joined or left the roster, and nobody else', async () => {
    await know('left@example.com', { id: 1 });
    await know('back@example.com', { id: 2, inRoster: false });
    await know('stays@example.com', { id: 3 });
    await openRun(store.database, newRun(['stays@example.com', 'back@example.com', 'new@example.com']));
    expect(await store.query('SELECT entry, in_roster FROM roster_moves ORDER BY entry')).toEqual([
      { entry: 'back@example.com', in_roster: true },
      { entry: 'left@example.com', in_roster: false },
    ]);
  });

  test('names the night it is to be compared with', async () => {
    const first = await openRun(store.database, newRun(['ann@example.com']));
    await endRun('published');
    await openRun(store.database, newRun(['ann@example.com'], { key: 'manual-2' }));
    expect(await store.query('SELECT base_id FROM runs ORDER BY id')).toEqual([
      { base_id: null },
      { base_id: first.runId },
    ]);
  });
});

describe('a roster that cannot be used', () => {
  const NOTHING = `SELECT (SELECT count(*) FROM runs)::int AS runs, (SELECT count(*) FROM batches)::int AS batches,
                          (SELECT count(*) FROM rejected_entries)::int AS rejected, (SELECT host FROM account) AS host`;

  test('since it is empty leaves nothing behind', async () => {
    await expect(openRun(store.database, newRun([]))).rejects.toMatchObject({
      code: 'ROSTER_EMPTY',
      message:
        'The roster people.txt has no valid entry: it is empty. Nothing was written, nobody is removed.',
    });
    expect(await store.query(NOTHING)).toEqual([{ runs: 0, batches: 0, rejected: 0, host: null }]);
  });

  test('since every entry was rejected says how many and why the first, and leaves nothing behind', async () => {
    const rejected = [
      { line: 7, reason: 'has no @', text: 'a' },
      { line: 8, reason: 'is empty', text: '' },
    ];
    await expect(
      openRun(store.database, newRun([], { roster: rosterOf([], { rejected }) })),
    ).rejects.toMatchObject({
      code: 'ROSTER_EMPTY',
      message: expect.stringContaining('2 rejected, the first in line 7: has no @') as unknown,
    });
    expect(await store.query(NOTHING)).toEqual([{ runs: 0, batches: 0, rejected: 0, host: null }]);
  });

  test('since it breaks off halfway leaves nothing behind, and the slot free', async () => {
    async function* breakOff(): NewRun['roster'] {
      yield* rosterOf(['ann@example.com', 'bob@example.com', 'cid@example.com']);
      throw new SyncError('ROSTER_UNREADABLE', 'people.txt broke off');
    }
    await expect(openRun(store.database, newRun([], { roster: breakOff() }))).rejects.toThrow(
      'people.txt broke off',
    );
    expect(await store.query(NOTHING)).toEqual([{ runs: 0, batches: 0, rejected: 0, host: null }]);
    expect(await openRun(store.database, newRun(['ann@example.com']))).toMatchObject({ openedHere: true });
  });

  test('since it cannot be stored is told of at once, although whoever feeds it takes their time', async () => {
    const forEver = new Promise<never>(() => undefined);
    async function* slowly(): NewRun['roster'] {
      yield { entries: [{ line: 1, entry: 'no\u0000text@example.com', kind: 'email' }], rejected: [] };
      yield await forEver;
    }
    await expect(openRun(store.database, newRun([], { roster: slowly() }))).rejects.toThrow('0x00');
    expect(await store.query(NOTHING)).toEqual([{ runs: 0, batches: 0, rejected: 0, host: null }]);
  });
});

describe('I5: of runs that start at once', () => {
  test('one is opened and nine join it, and only its roster is read', async () => {
    let read = 0;
    const opened = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        async function* roster(): NewRun['roster'] {
          read += 1;
          yield* rosterOf(['ann@example.com']);
        }
        return openRun(store.database, newRun([], { key: `manual-${index}`, roster: roster() }));
      }),
    );
    expect(new Set(opened.map(({ runId }) => runId)).size).toBe(1);
    expect(opened.filter(({ openedHere }) => openedHere)).toHaveLength(1);
    expect(read).toBe(1);
    expect(await store.query('SELECT no FROM batches')).toHaveLength(1);
  });

  test('a dry one is joined as what it is', async () => {
    await openRun(store.database, newRun(['ann@example.com'], { dryRun: true }));
    const joined = await openRun(store.database, newRun(['bob@example.com'], { key: 'manual-2' }));
    expect(joined).toMatchObject({ openedHere: false, dryRun: true });
  });

  test('one whose key has been used is not opened again', async () => {
    const first = await openRun(store.database, newRun(['ann@example.com'], { key: 'nightly-1' }));
    await endRun('published');
    const again = await openRun(store.database, newRun(['ann@example.com'], { key: 'nightly-1' }));
    expect(again).toEqual({ ...first, openedHere: false });
  });
});

describe('I13: a database belongs to one account', () => {
  const OTHER = { account: { host: 'https://kore.example.com', clientId: 'cs-2' }, key: 'manual-2' };

  test('once a run has been published, and refuses any other before a question', async () => {
    await openRun(store.database, newRun(['ann@example.com']));
    await endRun('published');
    await expect(openRun(store.database, newRun(['ann@example.com'], OTHER))).rejects.toMatchObject({
      code: 'ACCOUNT_MISMATCH',
      message: expect.stringMatching(/client id cs-1.*KORE_CLIENT_ID is cs-2.*Nothing was asked/) as unknown,
    });
    expect(await store.query('SELECT client_id FROM account')).toEqual([{ client_id: 'cs-1' }]);
    expect(await store.query('SELECT key FROM runs')).toEqual([{ key: 'manual-1' }]);
  });

  test.each(['open', 'held'])(
    'but before that a corrected client id ends the run that is %s, which nobody joins',
    async (status) => {
      await openRun(store.database, newRun(['ann@example.com']));
      if (status !== 'open') await endRun(status);
      expect(await openRun(store.database, newRun(['ann@example.com'], OTHER))).toMatchObject({
        openedHere: true,
      });
      expect(await store.query('SELECT status, error_code FROM runs ORDER BY id')).toEqual([
        { status: 'failed', error_code: 'ACCOUNT_MISMATCH' },
        { status: 'open', error_code: null },
      ]);
    },
  );

  test('nor does a failed run bind it: a wrong client id can be corrected', async () => {
    await openRun(store.database, newRun(['ann@example.com']));
    await endRun('failed');
    expect(await openRun(store.database, newRun(['ann@example.com'], OTHER))).toMatchObject({
      openedHere: true,
    });
  });
});

import { describe, expect, test } from 'vitest';
import { loadReadableChanges } from '../../src/store/plan/plan-reading.ts';
import { approve, reject } from '../../src/sync/decide-run.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { LOOSE_GUARD, readChanges, readStaging, readUser, readViews } from '../support/directory.ts';
import { beginStory, openStory, type Story } from '../support/story.ts';

const STRICT = { GUARD_MAX_ADMIN_CHANGES: '0' };
const STATUSES = 'SELECT run_id, status FROM directory.runs ORDER BY run_id';
const DECISION = `SELECT status, decided_by, decision_reason, decided_at IS NOT NULL AS decided FROM directory.runs WHERE run_id = 2`;

/** A baseline, and after it a night that is held: somebody becomes an administrator, somebody leaves. */
async function beginHeld(): Promise<Story & { readonly plan: string }> {
  const story = await beginStory();
  const { tenant, tryNight } = story;
  tenant.grant('ann@example.com', 'Admin');
  tenant.remove('bob@example.com');
  tenant.addPerson({ email: 'new@example.com', userId: 'u-new' });
  const { run } = await tryNight({ env: STRICT });
  expect(run.status).toBe('held');
  return { ...story, plan: run.planHash ?? '' };
}

/** A decision on run 2, unless told otherwise. */
async function decideOn({ nights }: Story, plan: string, runId = '2'): Promise<void> {
  const app = await nights.open({ env: LOOSE_GUARD });
  await approve(app.context, { runId, plan, by: 'jane@desk', reason: 'the new team' });
  await app.close();
}

describe('a held night that is approved', () => {
  test('publishes exactly the plan that was read, whatever the account says by then', async () => {
    const story = await beginHeld();
    const { tenant, nights, night, plan } = story;
    const app = await nights.open();
    const read = await loadReadableChanges(app.context.database, '2', 100);
    await app.close();
    tenant.grant('cid@example.com', 'Admin');
    await decideOn(story, plan.slice(0, 6).toUpperCase());

    const published = await readChanges(nights, '2');
    expect(published.map(({ kind, user_id: userId }) => [kind, userId]).sort()).toEqual(
      read.map(({ kind, userId }) => [kind, userId]).sort(),
    );
    expect(await nights.query(DECISION)).toEqual([
      { status: 'published', decided_by: 'jane@desk', decision_reason: 'the new team', decided: true },
    ]);
    expect(await readUser(nights, 'u-new')).toMatchObject({ confirmed_by: '2' });
    const alerts = await nights.query(`SELECT run_id, change_count FROM alerts WHERE change_count > 0`);
    expect(alerts).toMatchObject([{ run_id: '2' }]);
    expect(await readStaging(nights)).toEqual([]);
    // What was not in the plan is for the next night.
    expect(await night()).toMatchObject([{ kind: 'role_granted', user_id: 'u-cid', since: '2' }]);
  });

  test('ends as an undisturbed one would have', async () => {
    const story = await beginHeld();
    await decideOn(story, story.plan);
    const other = await beginStory();
    other.tenant.grant('ann@example.com', 'Admin');
    other.tenant.remove('bob@example.com');
    other.tenant.addPerson({ email: 'new@example.com', userId: 'u-new' });
    expect(await other.night()).toEqual(await readChanges(story.nights, '2'));
  });

  test('may be the first one', async () => {
    const story = await openStory();
    story.nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    const { run } = await story.tryNight({ env: { GUARD_MIN_COVERAGE_PERCENT: '90' } });
    expect(run).toMatchObject({ status: 'held', baseline: true });
    await decideOn(story, run.planHash ?? '', '1');
    expect((await readViews(story.nights)).users).toHaveLength(4);
    expect(await readChanges(story.nights)).toEqual([]);
  });

  test('is approved once, though ten say so at the same time', async () => {
    // I3
    const story = await beginHeld();
    const app = await story.nights.open();
    const ten = Array.from({ length: 10 }, (_, index) =>
      approve(app.context, { runId: '2', plan: story.plan, by: `person ${index}`, reason: null }),
    );
    const outcomes = await Promise.allSettled(ten);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'RUN_NOT_HELD' });
    }
    expect(await readChanges(story.nights, '2')).toHaveLength(4);
  });

  test('stays held with its plan, when the process dies before the transaction has ended', async () => {
    // I2
    const story = await beginHeld();
    const { nights, plan } = story;
    const before = await readViews(nights);
    await nights.query(
      `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.status = 'published' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
       CREATE TRIGGER die BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION die()`,
    );
    await expect(decideOn(story, plan)).rejects.toThrow();
    await nights.query('DROP TRIGGER die ON runs');
    expect(await nights.query(DECISION)).toEqual([
      { status: 'held', decided_by: null, decision_reason: null, decided: false },
    ]);
    expect(await readViews(nights)).toEqual(before);
    await decideOn(story, plan);
    expect(await nights.query(DECISION)).toMatchObject([{ status: 'published' }]);
  });
});

describe('an approval is refused', () => {
  test('of another plan, of a night that waits for none, and while another run is open', async () => {
    const story = await beginHeld();
    const { nights, plan, tryNight } = story;
    const refused = async (runId: string, hash: string, code: string, words: string) => {
      await expect(decideOn(story, hash, runId)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words) as unknown,
      });
      expect(await nights.query(DECISION)).toMatchObject([{ status: 'held', decided_by: null }]);
    };
    await refused('2', 'f00df00df00d', 'PLAN_MISMATCH', 'runs show 2');
    await refused('2', plan.slice(0, 5), 'PLAN_MISMATCH', '6 characters');
    await refused('1', plan, 'RUN_NOT_HELD', 'published without one');
    await refused('77', plan, 'RUN_NOT_FOUND', 'no run 77');

    const { run: dry } = await tryNight({ env: STRICT, dryRun: true });
    expect(dry).toMatchObject({ runId: '3', status: 'held', planHash: plan });
    await refused('3', plan, 'RUN_NOT_HELD', 'dry run');

    const app = await nights.open();
    await startRun(app.context, { ...app.request, key: 'manual-0', trigger: 'manual', dryRun: true });
    await refused('2', plan, 'RUN_OPEN', "approve again: 'kore-sync sync --dry-run' goes on with it");
    await nights.query(`UPDATE runs SET status = 'failed' WHERE id = 4`);
    await startRun(app.context, { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: false });
    await refused('2', plan, 'RUN_OPEN', 'Run 5 is open');
    await nights.query(`UPDATE runs SET status = 'failed' WHERE id = 5`);
    // Neither the dry run nor one that failed has taken its place.
    await decideOn(story, plan);
  });

  test('of a night that a later one has superseded, which is no approval, or that was rejected', async () => {
    const story = await beginHeld();
    const { nights, tryNight, plan } = story;
    const { run } = await tryNight({ env: STRICT });
    await expect(decideOn(story, plan)).rejects.toMatchObject({
      code: 'RUN_NOT_HELD',
      message: expect.stringContaining('run 3 took its place') as unknown,
    });
    expect(await nights.query(DECISION)).toMatchObject([{ status: 'superseded', decided_by: null }]);

    const app = await nights.open();
    await reject(app.context, { runId: '3', by: 'jane@desk', reason: null });
    await expect(decideOn(story, run.planHash ?? '', '3')).rejects.toMatchObject({
      code: 'RUN_NOT_HELD',
      message: expect.stringContaining('rejected by jane@desk') as unknown,
    });
    expect(await readStaging(nights)).toEqual([]);
    expect(await nights.query(STATUSES)).toMatchObject([{}, {}, { status: 'rejected' }]);
  });

  test('of a plan whose base is no longer the latest night', async () => {
    // I5
    const story = await beginHeld();
    await story.nights.query(
      `INSERT INTO runs (key, trigger, status, as_of, published_at, coverage)
       VALUES ('published-meanwhile', 'manual', 'published', clock_timestamp(), now(), 1)`,
    );
    await expect(decideOn(story, story.plan)).rejects.toMatchObject({ code: 'BASE_MOVED' });
    expect(await story.nights.query(DECISION)).toMatchObject([{ status: 'held', decided_by: null }]);
  });
});

describe('a status that differs from the known one in letter case alone', () => {
  test('is no change and keeps its spelling, also where PostgreSQL does not know the letters', async () => {
    // I4
    const { tenant, nights, night } = await beginStory();
    tenant.setStatus('ann@example.com', 'ÄKTİV');
    expect(await night()).toMatchObject([{ kind: 'status_changed', after: 'ÄKTİV' }]);
    const [before] = await nights.query('SELECT status, unobserved FROM users WHERE user_id = $1', ['u-ann']);
    tenant.setStatus('ann@example.com', 'äkti̇v');
    tenant.setName('ann@example.com', 'Ann', 'Doe');
    expect(await night()).toMatchObject([{ kind: 'name_changed' }]);
    expect(await nights.query('SELECT status, unobserved FROM users WHERE user_id = $1', ['u-ann'])).toEqual([
      before,
    ]);
  });
});

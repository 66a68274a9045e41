import { describe, expect, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import { loadRun } from '../../src/store/runs.ts';
import type { SyncContext } from '../../src/sync/context.ts';
import { finishRun } from '../../src/sync/finish-run.ts';
import { planRun } from '../../src/sync/plan-run.ts';
import { startNight } from '../../src/sync/start-night.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { askAbout } from '../support/batches.ts';
import { LOOSE_GUARD, readChanges, readStaging, readViews } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { LOST_QUEUE } from '../support/lost-queue.ts';
import { runNight } from '../support/night.ts';
import { beginStory, openStory, type Story } from '../support/story.ts';

const ONE_BY_ONE = { ...LOOSE_GUARD, BATCH_SIZE: '1', CONCURRENCY: '1' };
const RUNS = 'SELECT run_id, status FROM directory.runs ORDER BY run_id';
const { signal } = new AbortController();

/** A night on which something of everything happens. */
function letADayPass({ tenant }: Story): void {
  tenant.setStatus('ann@example.com', 'Locked');
  tenant.remove('bob@example.com');
  tenant.grant('cid@example.com', 'Admin');
  tenant.changeEmail('dee@example.com', 'dee.roe@example.com');
  tenant.joinGroup('eve@example.com', 'Ops');
  tenant.addPerson({ email: 'fay@example.com', userId: 'u-fay' });
}

/** Opens a run by hand, so that a test can do with it what a process would. */
async function openByHand(app: App, context: SyncContext): Promise<string> {
  const { runId } = await startRun(context, {
    ...app.request,
    key: 'manual-by-hand',
    trigger: 'manual',
    dryRun: false,
  });
  return runId;
}

function withoutQueue({ context }: App): SyncContext {
  return { ...context, queues: LOST_QUEUE };
}

/** Opens a run, answers all of it and plans it; its process dies before it publishes. */
async function planByHand(story: Story): Promise<{ app: App; context: SyncContext; runId: string }> {
  const app = await story.nights.open({ env: ONE_BY_ONE });
  const context = withoutQueue(app);
  const runId = await openByHand(app, context);
  for (const no of await batchesOf(story, runId)) await askAbout(context, runId, { no });
  await planRun(context.database, runId, context.guardLimits);
  return { app, context, runId };
}

async function batchesOf({ nights }: Story, runId: string): Promise<number[]> {
  const rows = await nights.query<{ no: number }>('SELECT no FROM batches WHERE run_id = $1 ORDER BY no', [
    runId,
  ]);
  return rows.map(({ no }) => no);
}

/** What a night leaves: the changes, and the views without the instants of this very night. */
async function readResult({ nights }: Story, runId: string) {
  const { users, grants, memberships, tasks } = await readViews(nights);
  const withoutInstants = (rows: readonly object[]) =>
    rows.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([, value]) => !(value instanceof Date))),
    );
  return {
    changes: await readChanges(nights, runId),
    views: [users, grants, memberships, tasks].map(withoutInstants),
    receipts: await nights.query(
      `SELECT sum(size) AS asked, sum(found) AS found, sum(absent) AS absent FROM batches WHERE run_id = $1`,
      [runId],
    ),
    alerts: await nights.query('SELECT run_id, rule, channel, change_count FROM alerts'),
  };
}

/** The same day and night with nothing to disturb it. */
async function undisturbed() {
  const story = await beginStory();
  letADayPass(story);
  const { run } = await story.tryNight({ env: ONE_BY_ONE });
  expect(run.status).toBe('published');
  return readResult(story, run.runId);
}

describe('a night ends as if nothing had happened', () => {
  test('when its process goes away halfway, and the next one joins the run', async () => {
    const story = await beginStory();
    const { nights } = story;
    letADayPass(story);
    const app = await nights.open({ env: ONE_BY_ONE });
    const leaving = new AbortController();
    const calls = nights.server.calls.total;
    const third = nights.server.faults.add({ on: { entries: ['cid@example.com'] }, does: { latencyMs: 1 } });
    const interrupted = runNight(app, { signal: leaving.signal });
    await Promise.race([third.whenFired, interrupted]);
    leaving.abort();
    await expect(interrupted).rejects.toThrow(/abort/i);
    await app.close();
    expect(await nights.query(RUNS)).toMatchObject([{ status: 'published' }, { status: 'open' }]);

    const { run } = await story.tryNight({ env: ONE_BY_ONE });
    expect(run).toMatchObject({ runId: '2', status: 'published' });
    expect(await readResult(story, '2')).toEqual(await undisturbed());
    const asked = nights.server.calls.total - calls;
    // The one under way may have been asked again; those that were answered were not.
    expect(asked).toBeGreaterThanOrEqual(7);
    expect(asked).toBeLessThanOrEqual(8);
  });

  test('when every batch is delivered three times, and the plan too, all at once', async () => {
    // I3
    const story = await beginStory();
    letADayPass(story);
    const app = await story.nights.open({ env: ONE_BY_ONE });
    const context = withoutQueue(app);
    const runId = await openByHand(app, context);
    const batches = await batchesOf(story, runId);
    const ask = (no: number) => askAbout(context, runId, { no });
    await Promise.all([...batches, ...batches, ...batches].map(ask));
    await Promise.all([1, 2, 3].map(() => finishRun(context, runId)));
    const once = await readResult(story, runId);
    await Promise.all(batches.map(ask));
    await finishRun(context, runId);
    expect(await readResult(story, runId)).toEqual(once);
    expect(once).toEqual(await undisturbed());
    expect(await readStaging(story.nights)).toEqual([]);
  });

  test('when the queue has lost everything, and the sweep looks what PostgreSQL says is due', async () => {
    // I6
    const story = await beginStory();
    letADayPass(story);
    const app = await story.nights.open({ env: ONE_BY_ONE });
    const runId = await openByHand(app, withoutQueue(app));
    await askAbout(withoutQueue(app), runId, { no: 1 });
    await app.work();
    await sweep(app.context);
    await vi.waitFor(async () => {
      expect(await loadRun(app.context.database, runId)).toMatchObject({ status: 'published' });
    }, 20_000);
    expect(await readResult(story, runId)).toEqual(await undisturbed());
  });

  test('when the process dies after the last answer, or after the plan', async () => {
    const story = await beginStory();
    letADayPass(story);
    const { app, runId } = await planByHand(story);
    const planned = await loadRun(app.context.database, runId);
    expect(planned).toMatchObject({ status: 'open', planned: true });
    expect((await readViews(story.nights)).users).toHaveLength(5);

    const run = await runNight(app);
    expect(run).toMatchObject({ runId, status: 'published', planHash: planned?.planHash });
    expect(await readResult(story, runId)).toEqual(await undisturbed());
  });
});

describe('of two who start at the same time', () => {
  test('one opens the run, both work on it, and both report it', async () => {
    // I5
    const story = await beginStory();
    letADayPass(story);
    const { nights } = story;
    const apps = [await nights.open({ env: ONE_BY_ONE }), await nights.open({ env: ONE_BY_ONE })];
    const reports = await Promise.all(apps.map((app) => runNight(app)));
    expect(reports).toMatchObject([
      { runId: '2', status: 'published' },
      { runId: '2', status: 'published' },
    ]);
    expect(await nights.query(RUNS)).toHaveLength(2);
    expect(await readResult(story, '2')).toEqual(await undisturbed());
  });
});

test('a call that fails when its night has been opened again is none of that night’s', async () => {
  const { nights } = await beginStory();
  const app = await nights.open({ env: LOOSE_GUARD });
  const night = { key: 'nightly-20270601T020000Z', trigger: 'schedule', openings: 0 } as const;
  await startNight(app.context, app.request, night, signal);
  nights.server.faults.add({ on: { attempts: 'first' }, does: { status: 401, body: '{}' } });
  const late: SyncContext['kore'] = {
    ...app.context.kore,
    async fetchUsersInfo(...call) {
      const outcome = await app.context.kore.fetchUsersInfo(...call);
      await nights.query(`UPDATE runs SET status = 'failed', error_code = 'KORE_UNREACHABLE' WHERE id = 2`);
      await startNight(app.context, app.request, { ...night, openings: 1 }, signal);
      return outcome;
    },
  };
  expect(await askAbout({ ...app.context, kore: late }, '2', { no: 1 })).toEqual({ kind: 'done' });
  expectAllFired(nights.server);
  expect(await runNight(app)).toMatchObject({ runId: '2', status: 'published', answers: { found: 5 } });
});

describe('a secret that is wrong', () => {
  test('fails the night with advice, publishes nothing, and can be corrected the same night', async () => {
    const story = await beginStory();
    const { nights } = story;
    letADayPass(story);
    const before = await readViews(nights);
    const { run } = await story.tryNight({ env: { KORE_CLIENT_SECRET: 'mistyped' } });
    expect(run).toMatchObject({ status: 'failed', publishedAt: null });
    expect(run.error).toMatch(/Invalid SDK credentials.*KORE_CLIENT_SECRET.*Admin Console/s);
    expect(run.error).not.toContain('mistyped');
    expect(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered })).toBe(1);
    expect(await readViews(nights)).toEqual(before);

    const { run: corrected } = await story.tryNight();
    expect(corrected).toMatchObject({ runId: '3', status: 'published', answers: { unanswered: 0 } });
    expect(await nights.query(RUNS)).toMatchObject([
      { status: 'published' },
      { status: 'failed' },
      { status: 'published' },
    ]);
    expect(await readStaging(nights)).toEqual([]);
  });

  test('on the first night leaves the database free for another account', async () => {
    const story = await openStory();
    const { run } = await story.tryNight({ env: { KORE_CLIENT_ID: 'cs-mistyped' } });
    expect(run.status).toBe('failed');
    expect((await story.tryNight()).run).toMatchObject({ status: 'published', baseline: true });
    await expect(story.tryNight({ env: { KORE_CLIENT_ID: 'cs-other' } })).rejects.toMatchObject({
      code: 'ACCOUNT_MISMATCH',
    });
  });
});

test('a plan whose base is no longer the latest night is not published, and keeps no other night out', async () => {
  // I5
  const story = await beginStory();
  letADayPass(story);
  const { context, runId } = await planByHand(story);
  await story.nights.query(
    `INSERT INTO runs (key, trigger, status, as_of, published_at, coverage)
     VALUES ('published-meanwhile', 'manual', 'published', clock_timestamp(), now(), 1)`,
  );
  await finishRun(context, runId);
  expect(await loadRun(context.database, runId)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('no longer the latest') as unknown,
  });
  expect(await readChanges(story.nights)).toEqual([]);
});

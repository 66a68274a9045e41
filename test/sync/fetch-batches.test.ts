import { describe, expect, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import type { EnqueueRequest } from '../../src/queue/engine.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { loadRun } from '../../src/store/runs.ts';
import type { SyncContext } from '../../src/sync/context.ts';
import { finishRun } from '../../src/sync/finish-run.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { askAbout, lengthenStretches } from '../support/batches.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { LOST_QUEUE } from '../support/lost-queue.ts';
import { openStory, type Story } from '../support/story.ts';

const ONE_BY_ONE = { ...LOOSE_GUARD, CONCURRENCY: '1' };
const FIRST = { no: 1, attempt: 0 };
const MINUTE = 60_000;

interface LongNight extends Story {
  readonly app: App;
  /** Keeps what is enqueued in `enqueued`. */
  readonly context: SyncContext;
  readonly enqueued: EnqueueRequest[];
  readonly runId: string;
}

/** A night whose jobs ask about four batches each, as those of a long one do; nobody works on it yet. */
async function openLongNight(tenant?: Tenant, batchSize = 1): Promise<LongNight> {
  const story = await openStory(tenant);
  const env = { ...ONE_BY_ONE, BATCH_SIZE: String(batchSize) };
  const app = await story.nights.open({ env, seams: { random: () => 0 } });
  const enqueued: EnqueueRequest[] = [];
  const queues: SyncContext['queues'] = {
    ...LOST_QUEUE,
    enqueue: (requests) => Promise.resolve(void enqueued.push(...requests)),
  };
  const context = { ...app.context, queues };
  const request = { ...app.request, key: 'manual-long', trigger: 'manual', dryRun: false } as const;
  const { runId } = await startRun(context, request);
  await lengthenStretches(story.nights, runId, 4);
  enqueued.length = 0;
  return { ...story, app, context, enqueued, runId };
}

/** The status of every batch, in order, and in which transaction it got there, counted from 1. */
async function readBatches({ nights, runId }: LongNight) {
  const rows = await nights.query<{ status: string; saved: number }>(
    `SELECT status::text, dense_rank() OVER (ORDER BY xmin::text::bigint)::int AS saved FROM batches WHERE run_id = $1 ORDER BY no`,
    [runId],
  );
  const statuses = rows.map(({ status }) => status).join(' ');
  return { statuses, saves: new Set(rows.map(({ saved }) => saved)).size };
}

describe('one job of a long night', () => {
  test('asks about its stretch, call by call, and stores all that was answered at once', async () => {
    const night = await openLongNight();
    const result = await askAbout(night.context, night.runId, FIRST, { roundMs: MINUTE });
    expect(result).toEqual({ kind: 'done' });
    const { statuses, saves } = await readBatches(night);
    expect(statuses).toBe('answered answered answered answered pending');
    // That of the four, and that of the run that was opened.
    expect(saves).toBe(2);
    expect(night.nights.server.calls.usersInfo).toBe(4);
    expect(night.enqueued).toEqual([]);

    expect(await askAbout(night.context, night.runId, { no: 5 })).toEqual({ kind: 'done' });
    expect(night.enqueued.map(({ job }) => job.name)).toEqual(['finish-run']);
    await finishRun(night.context, night.runId);
    expect(await loadRun(night.context.database, night.runId)).toMatchObject({
      status: 'published',
      answers: { found: 5, absent: 0, unanswered: 0 },
    });
  });

  test('stores every answer by itself where the account takes its time', async () => {
    const night = await openLongNight();
    await askAbout(night.context, night.runId, FIRST, { roundMs: 0 });
    expect((await readBatches(night)).saves).toBe(5);
    expect(night.nights.server.calls.usersInfo).toBe(4);
  });

  test('stores what was answered while a call hangs', async () => {
    const night = await openLongNight();
    const { server } = night.nights;
    server.faults.add({ on: { entries: ['cid@example.com'] }, does: { latencyMs: 60_000 } });
    const aborting = new AbortController();
    const options = { signal: aborting.signal, roundMs: 100 };
    const result = askAbout(night.context, night.runId, FIRST, options);
    await vi.waitFor(async () => {
      const { statuses } = await readBatches(night);
      expect(statuses).toBe('answered answered pending pending pending');
    }, 10_000);
    aborting.abort();
    await expect(result).rejects.toThrow(/abort/i);
    expectAllFired(server);
  });

  test('stores a first night, of which everybody is kept, piece by piece', async () => {
    // I11: four batches of a hundred people, two hundred at once.
    const night = await openLongNight(populateTenant({ people: 420, seed: 'pieces' }), 100);
    await askAbout(night.context, night.runId, FIRST, { roundMs: MINUTE });
    const { statuses, saves } = await readBatches(night);
    expect(statuses.split(' ').slice(0, 4)).toEqual(['answered', 'answered', 'answered', 'answered']);
    expect(saves - new Set(statuses.split(' ').slice(4)).size).toBe(2);
  });

  test('stores the others where PostgreSQL refuses one of them, and fails for that one', async () => {
    const night = await openLongNight();
    await night.nights.query(
      `ALTER TABLE observations ADD CONSTRAINT planted CHECK (entry <> 'bob@example.com') NOT VALID`,
    );
    const refused = askAbout(night.context, night.runId, FIRST, { roundMs: MINUTE });
    await expect(refused).rejects.toThrow(/planted/);
    expect((await readBatches(night)).statuses).toBe('answered pending answered answered pending');
    await expect(askAbout(night.context, night.runId, FIRST)).rejects.toThrow(/planted/);
    expect(night.nights.server.calls.usersInfo).toBe(5);
  });

  test('delivered three times at once changes nothing more', async () => {
    // I3
    const night = await openLongNight();
    await Promise.all([1, 2, 3].map(() => askAbout(night.context, night.runId, FIRST)));
    const { statuses } = await readBatches(night);
    expect(statuses).toBe('answered answered answered answered pending');
    expect(await night.nights.query('SELECT entry FROM observations')).toHaveLength(4);
  });

  test('leaves a batch that fails to a job of its own, and goes on with the others', async () => {
    const night = await openLongNight();
    const { server } = night.nights;
    server.faults.add({ on: { entries: ['bob@example.com'], attempts: 'first' }, does: 'unavailable' });
    expect(await askAbout(night.context, night.runId, FIRST)).toEqual({ kind: 'done' });
    expect((await readBatches(night)).statuses).toBe('answered pending answered answered pending');
    expect(server.calls.usersInfo).toBe(4);
    expect(night.enqueued.map(({ job }) => job)).toEqual([
      { name: 'fetch-batch', payload: { runId: night.runId, batch: 2, attempt: 1 } },
    ]);
    await askAbout(night.context, night.runId, { no: 2, attempt: 1 });
    expect((await readBatches(night)).statuses).toBe('answered answered answered answered pending');
    expectAllFired(server);
  });

  test('keeps what was answered before the account refuses, and asks about the rest afterwards', async () => {
    const night = await openLongNight();
    const { server } = night.nights;
    server.faults.add({ on: { entries: ['cid@example.com'], attempts: 'first' }, does: 'rate_limited' });
    expect(await askAbout(night.context, night.runId, FIRST)).toMatchObject({ kind: 'pause' });
    expect((await readBatches(night)).statuses).toBe('answered answered pending pending pending');
    const refused = await askAbout(night.context, night.runId, FIRST);
    expect(refused).toMatchObject({ kind: 'pause' });
    expect(server.calls.usersInfo).toBe(3);

    await night.nights.query('UPDATE account SET blocked_until = NULL');
    expect(await askAbout(night.context, night.runId, FIRST)).toEqual({ kind: 'done' });
    expect((await readBatches(night)).statuses).toBe('answered answered pending answered pending');
    expectAllFired(server);
  });

  test('asks no more once its run has been stopped', async () => {
    const night = await openLongNight();
    const { server } = night.nights;
    server.faults.add({ on: { entries: ['bob@example.com'] }, does: { status: 401, body: '{}' } });
    expect(await askAbout(night.context, night.runId, FIRST)).toEqual({ kind: 'done' });
    expect(server.calls.usersInfo).toBe(2);
    expect(await loadRun(night.context.database, night.runId)).toMatchObject({ status: 'failed' });
    expect((await readBatches(night)).statuses).toBe('answered pending pending pending pending');
  });
});

describe('a worker that is being stopped', () => {
  test('stores what was answered, and leaves the rest of the stretch to another', async () => {
    const night = await openLongNight();
    const stopping = new AbortController();
    stopping.abort();
    const options = { stopping: stopping.signal, roundMs: 0 };
    expect(await askAbout(night.context, night.runId, FIRST, options)).toEqual({ kind: 'unfinished' });
    expect((await readBatches(night)).statuses).toBe('answered pending pending pending pending');
    expect(await askAbout(night.context, night.runId, FIRST)).toEqual({ kind: 'done' });
    expect(night.nights.server.calls.usersInfo).toBe(4);
  });

  test('and can wait no longer stores what was answered before the call it breaks off', async () => {
    const night = await openLongNight();
    const { server } = night.nights;
    const aborting = new AbortController();
    const slow = server.faults.add({ on: { entries: ['bob@example.com'] }, does: { latencyMs: 60_000 } });
    const options = { signal: aborting.signal, roundMs: MINUTE };
    const result = askAbout(night.context, night.runId, FIRST, options);
    await slow.whenFired;
    aborting.abort();
    await expect(result).rejects.toThrow(/abort/i);
    expect((await readBatches(night)).statuses).toBe('answered pending pending pending pending');
  });
});

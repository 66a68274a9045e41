import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import type { Schedule } from '../../src/core/schedule.ts';
import { openSchedule } from '../../src/schedule/zone.ts';
import { startNight } from '../../src/sync/start-night.ts';
import { tick } from '../../src/sync/tick.ts';
import { makeTenant } from '../support/story.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { startNights, type TestNights } from '../support/night.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const EVERY_DAY = {
  daysOfMonth: Array.from({ length: 31 }, (_, index) => index + 1),
  months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  daysOfWeek: [0, 1, 2, 3, 4, 5, 6],
};

const AT_TWO: Schedule = openSchedule({ ...EVERY_DAY, hours: [2], minutes: [0] }, 'UTC');

interface Run {
  readonly id: string;
  readonly key: string;
  readonly trigger: string;
  readonly status: string;
  readonly openings: number;
  readonly error_code: string | null;
}

const RUNS = 'SELECT id, key, trigger::text, status::text, openings, error_code FROM runs ORDER BY id';

function readEvents(nights: TestNights): Promise<{ kind: string; key: string }[]> {
  return nights.query('SELECT kind::text, key FROM run_events ORDER BY id');
}

/** As a scheduler does that was started before all of this. */
function tickOnce(app: App, instant: string, schedule = AT_TWO): Promise<void> {
  const loadInstant = () => Promise.resolve(new Date(instant));
  return tick(app.context, { schedule, startedAt: new Date(0), loadInstant });
}

/** Ticks at an instant, whatever the clock says, and returns when nothing of the night is left to do. */
async function tickAt(app: App, instant: string, schedule = AT_TWO): Promise<void> {
  await tickOnce(app, instant, schedule);
  await untilIdle(app);
}

async function untilIdle({ context }: App): Promise<void> {
  for (;;) {
    const held = await Promise.all([context.queues.heldJobs('runs'), context.queues.heldJobs('batches')]);
    if (held.every((n) => n === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a tick', () => {
  test('of five schedulers at once makes one run, over both changes of the clock, and a clock put back makes none', async () => {
    const nights = await startNights(makeTenant());
    const schedule = openSchedule({ ...EVERY_DAY, hours: [2], minutes: [30] }, 'Europe/Berlin');
    const schedulers = await Promise.all([1, 2, 3, 4, 5].map(() => nights.open({ env: LOOSE_GUARD })));
    const [worker] = schedulers;
    await worker?.work();
    const instants = [
      // The first sees to yesterday: no scheduler was there before.
      '2027-03-28T00:00:00Z',
      '2027-03-28T01:30:00Z',
      '2027-03-29T00:30:00Z',
      '2027-03-28T05:00:00Z',
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:30:00Z',
      '2027-11-01T01:30:05Z',
    ];
    for (const instant of instants) {
      await Promise.all(schedulers.map((app) => tickAt(app, instant, schedule)));
      // Once more: that the night is settled is found out by the tick after it.
      await Promise.all(schedulers.map((app) => tickAt(app, instant, schedule)));
    }
    const runs = await nights.query<Run>(RUNS);
    expect(runs.map(({ key, trigger, status }) => [key, trigger, status])).toEqual([
      ['nightly-20270327T013000Z', 'catch-up', 'published'],
      ['nightly-20270328T013000Z', 'schedule', 'published'],
      ['nightly-20270329T003000Z', 'schedule', 'published'],
      ['nightly-20271031T003000Z', 'schedule', 'published'],
      ['nightly-20271101T013000Z', 'schedule', 'published'],
    ]);
    expect(await readEvents(nights)).toEqual([]);
    const next = await nights.query('SELECT next_due FROM directory.freshness');
    expect(next).toEqual([{ next_due: new Date('2027-11-02T01:30:00Z') }]);
  });

  test('after days without one makes up for the latest night, once, and says that it had not started', async () => {
    const nights = await startNights(makeTenant());
    const app = await nights.open({ env: LOOSE_GUARD });
    await app.work();
    for (const at of [
      '2027-06-01T02:00:00Z',
      '2027-06-01T02:01:00Z',
      '2027-06-09T10:00:00Z',
      '2027-06-09T10:01:00Z',
    ]) {
      await tickAt(app, at);
    }
    const runs = await nights.query<Run>(RUNS);
    expect(runs.map(({ key, trigger }) => [key, trigger])).toEqual([
      ['nightly-20270601T020000Z', 'schedule'],
      ['nightly-20270609T020000Z', 'catch-up'],
    ]);
    expect(await readEvents(nights)).toEqual([{ kind: 'not_started', key: 'nightly-20270609T020000Z' }]);
  });

  test('that finds a run open says so once; where that one comes to nothing, the night is made up for', async () => {
    const nights = await startNights(makeTenant());
    const app = await nights.open({ env: LOOSE_GUARD });
    await nights.query(`INSERT INTO runs (key, trigger) VALUES ('manual-1', 'manual')`);
    await tickOnce(app, '2027-06-01T02:00:00Z');
    await tickOnce(app, '2027-06-01T02:01:00Z');
    expect(await readEvents(nights)).toEqual([{ kind: 'skipped', key: 'nightly-20270601T020000Z' }]);
    expect(await app.context.queues.heldJobs('runs')).toBe(0);

    await nights.query(
      `UPDATE runs SET status = 'failed', error_code = 'KORE_REFUSED', closed_at = clock_timestamp()`,
    );
    await app.work();
    await tickAt(app, '2027-06-01T02:05:00Z');
    expect((await nights.query<Run>(RUNS)).at(-1)).toMatchObject({
      key: 'nightly-20270601T020000Z',
      trigger: 'catch-up',
      status: 'published',
    });
  });

  test('that finds a run open leaves it at that where that run has a plan by now', async () => {
    const nights = await startNights(makeTenant());
    const app = await nights.open();
    await nights.query(
      `INSERT INTO runs (key, trigger, status, planned_at) VALUES ('manual-1', 'manual', 'held', '2027-06-01T02:03:00Z')`,
    );
    await tickAt(app, '2027-06-01T02:05:00Z');
    expect(await nights.query(RUNS)).toHaveLength(1);
    const next = await nights.query('SELECT next_due FROM directory.freshness');
    expect(next).toEqual([{ next_due: new Date('2027-06-02T02:00:00Z') }]);
  });
});

describe('a night that failed', () => {
  /** When the run ended, in travelled time. */
  async function endedAt(nights: TestNights, instant: string): Promise<void> {
    await nights.query(`UPDATE runs SET closed_at = $1 WHERE status = 'failed'`, [instant]);
  }

  test('for the network is opened again as the same run, with the roster as it is then, and published', async () => {
    const tenant = makeTenant();
    const nights = await startNights(tenant);
    const app = await nights.open({ env: { ...LOOSE_GUARD, BATCH_SIZE: '2' } });
    await app.work();
    await tickAt(app, '2027-06-01T02:00:00Z');
    // What a run looks like that met an outage: some batches are answered, the others never were, and nobody is known.
    await nights.query(`
      TRUNCATE users, user_versions, addresses, last_logins, role_grants, grant_sources, group_memberships, digests, run_links;
      UPDATE runs SET status = 'failed', error_code = 'KORE_UNREACHABLE', error = 'no answer', planned_at = NULL,
                      as_of = NULL, published_at = NULL, failures = 12, failing_since = clock_timestamp()`);
    await endedAt(nights, '2027-06-01T03:00:00Z');
    const [before] = await nights.query<{ no: number }>('SELECT max(no) AS no FROM batches');
    tenant.addPerson({ email: 'fay@example.com', userId: 'u-fay', firstName: 'Fay', lastName: 'Doe' });
    await nights.open({ roster: tenant.roster() });

    await tickAt(app, '2027-06-01T03:04:00Z');
    expect(await nights.query(RUNS)).toMatchObject([{ status: 'failed', openings: 1 }]);
    await tickAt(app, '2027-06-01T03:05:00Z');
    expect(await nights.query(RUNS)).toMatchObject([
      { id: '1', key: 'nightly-20270601T020000Z', status: 'published', openings: 2, error_code: null },
    ]);
    const batches = await nights.query<{ no: number }>('SELECT no FROM batches ORDER BY no');
    expect(batches).toHaveLength(3);
    // I10: a call that is still under way answers for none of the new batches.
    expect(batches[0]?.no).toBe((before?.no ?? 0) + 1);
  });

  test('because its roster could not be read is a failed run at once, alerted once for each reason, and opened again when the file is there', async () => {
    const nights = await startNights(makeTenant());
    const roster = path.join(await makeTemporaryFolder(), 'people.txt');
    const app = await nights.open({ env: { ...LOOSE_GUARD, ROSTER: roster } });
    await app.work();
    await tickAt(app, '2027-06-01T02:00:00Z');
    expect(await nights.query(RUNS)).toMatchObject([
      { status: 'failed', openings: 1, error_code: 'ROSTER_UNREADABLE' },
    ]);
    await endedAt(nights, '2027-06-01T02:00:00Z');
    await tickAt(app, '2027-06-01T02:05:00Z');
    expect(await nights.query(RUNS)).toMatchObject([
      { status: 'failed', openings: 2, error_code: 'ROSTER_UNREADABLE' },
    ]);
    const [run] = await nights.query<Run>(RUNS);
    const unreadable = { kind: 'failed', key: `${run?.id} ROSTER_UNREADABLE` };
    expect(await readEvents(nights)).toEqual([unreadable]);

    await writeFile(roster, '');
    await endedAt(nights, '2027-06-01T02:05:00Z');
    await tickAt(app, '2027-06-01T02:15:00Z');
    // Another reason is news.
    expect(await readEvents(nights)).toEqual([
      unreadable,
      { kind: 'failed', key: `${run?.id} ROSTER_EMPTY` },
    ]);

    await writeFile(roster, 'ann@example.com\nbob@example.com\n');
    await endedAt(nights, '2027-06-01T02:15:00Z');
    await tickAt(app, '2027-06-01T02:35:00Z');
    expect(await nights.query(RUNS)).toMatchObject([
      { id: run?.id, trigger: 'schedule', status: 'published', openings: 4, error_code: null },
    ]);
  });

  test('because the database belongs to another account is a failed run, and stays one', async () => {
    const nights = await startNights(makeTenant());
    await nights.run({ env: LOOSE_GUARD });
    const app = await nights.open({ env: { KORE_CLIENT_ID: 'cs-another' } });
    await app.work();
    await tickAt(app, '2027-06-01T02:00:00Z');
    await endedAt(nights, '2027-06-01T02:00:00Z');
    await tickAt(app, '2027-06-01T09:00:00Z');
    expect((await nights.query<Run>(RUNS)).at(-1)).toMatchObject({
      status: 'failed',
      openings: 1,
      error_code: 'ACCOUNT_MISMATCH',
    });
  });

  test('and was opened again begins with nothing left of before', async () => {
    const nights = await startNights(makeTenant());
    const app = await nights.open({ env: LOOSE_GUARD });
    const columns = `SELECT to_jsonb(r) - ARRAY['id', 'key', 'openings', 'opened_at', 'trigger'] AS run FROM runs r`;
    await tickOnce(app, '2027-06-01T02:00:00Z');
    await app.work();
    await untilIdle(app);
    await app.close();
    const fill = await nights.query<{ name: string; type: string }>(
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'runs' AND is_nullable = 'YES'
          AND column_name NOT IN ('parent_id', 'base_id', 'decided_by', 'decided_at', 'decision_reason', 'alert_rules')`,
    );
    const values: Record<string, string> = { integer: '1', jsonb: `'{"a": 1}'`, ARRAY: `'{a}'`, text: `'x'` };
    for (const { name, type } of fill) {
      await nights.query(
        `UPDATE runs SET ${name} = ${values[type] ?? (type === 'numeric' ? '0.5' : 'clock_timestamp()')}`,
      );
    }
    await nights.query(
      `UPDATE runs SET status = 'failed', error_code = 'KORE_UNREACHABLE', failures = 9, drift = '{x}'`,
    );
    await endedAt(nights, '2027-06-01T02:00:00Z');
    const again = await nights.open({ env: LOOSE_GUARD });
    const { signal } = new AbortController();
    const night = { key: 'nightly-20270601T020000Z', trigger: 'schedule' as const, openings: 1 };
    await startNight(again.context, again.request, night, signal);
    const [reopened] = await nights.query<{ run: object }>(columns);
    await nights.query(`UPDATE runs SET status = 'failed'`);
    const other = { ...night, key: 'nightly-20270602T020000Z', openings: 0 };
    await startNight(again.context, again.request, other, signal);
    const fresh = (await nights.query<{ run: object }>(`${columns} ORDER BY id`)).at(-1);
    expect(reopened).toEqual(fresh);
    expect(fresh?.run).toMatchObject({ status: 'open', entries: 5, error_code: null });
  });
});

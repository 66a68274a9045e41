import { describe, expect, test } from 'vitest';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { readUser, readViews } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { beginStory, makeTenant, openStory } from '../support/story.ts';

function exitCode(run: RunSummary): number {
  return exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered });
}

const REASONS = 'SELECT run_id, entry, reason FROM unanswered_entries ORDER BY entry';

describe('somebody about whom the platform is silent', () => {
  test('is unchanged, is not confirmed, and is caught up with the next night', async () => {
    const { tenant, nights, tryNight, night } = await beginStory();
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    tenant.setStatus('ann@example.com', 'Suspended');
    tenant.revoke('ann@example.com', 'Tester', 'Leave');
    tenant.setStatus('bob@example.com', 'Suspended');
    const before = await readViews(nights);

    const { run, changes } = await tryNight();
    expect(run).toMatchObject({
      status: 'published',
      coverage: 0.8,
      answers: { found: 4, absent: 0, unanswered: 1 },
    });
    expect(exitCode(run)).toBe(4);
    expect(changes).toMatchObject([{ kind: 'status_changed', user_id: 'u-bob', since: '1' }]);
    expect((await readViews(nights)).grants).toEqual(before.grants);
    expect(await readUser(nights, 'u-ann')).toMatchObject({
      status: 'active',
      confirmed_by: '1',
      in_roster: true,
    });
    expect(await readUser(nights, 'u-bob')).toMatchObject({ status: 'Suspended', confirmed_by: '2' });
    expect(await nights.query(REASONS)).toEqual([
      { run_id: '2', entry: 'ann@example.com', reason: 'the response has no item for this entry' },
    ]);
    const [row] = await nights.query('SELECT partial, coverage FROM directory.runs WHERE run_id = 2');
    expect(row).toEqual({ partial: true, coverage: '0.80000000' });

    nights.server.faults.clear();
    expect(await night()).toMatchObject([
      { kind: 'status_changed', user_id: 'u-ann', after: 'Suspended', since: '1' },
      { kind: 'role_revoked', user_id: 'u-ann', since: '1' },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3' });
    expectAllFired(nights.server);
  });

  test('for several nights is dated by the last that had seen them', async () => {
    const { tenant, nights, night } = await beginStory();
    expect(await night()).toEqual([]);
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    tenant.setStatus('ann@example.com', 'Suspended');
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '2' });
    nights.server.faults.clear();
    expect(await night()).toMatchObject([{ kind: 'status_changed', since: '2' }]);
    tenant.setStatus('ann@example.com', 'active');
    expect(await night()).toMatchObject([{ kind: 'status_changed', since: '5' }]);
  });

  test('is not removed, though it be everybody', async () => {
    // I1
    const { nights, tryNight } = await beginStory();
    const before = await readViews(nights);
    nights.server.faults.add({ does: 'omit' });
    const { run, changes } = await tryNight({ env: { GUARD_MIN_COVERAGE_PERCENT: '0' } });
    expect(run).toMatchObject({ status: 'published', coverage: 0, answers: { unanswered: 5 } });
    expect(changes).toEqual([]);
    const after = await readViews(nights);
    expect(after).toEqual(before);
  });

  test('is nobody yet, where nobody had ever been seen', async () => {
    const { nights, night } = await openStory();
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toBeUndefined();
    nights.server.faults.clear();
    expect(await night()).toMatchObject([
      { kind: 'user_added', user_id: 'u-ann', since: null },
      { kind: 'role_granted', user_id: 'u-ann', since: null },
    ]);
  });
});

describe('a batch that is refused', () => {
  test('for one entry’s sake is split until that entry stands alone, and everybody else is answered', async () => {
    const { tenant, nights, tryNight } = await beginStory();
    nights.server.faults.add({ on: { entries: ['cid@example.com'] }, does: 'bad_request' });
    for (const { email } of tenant.people) tenant.setStatus(email, 'Locked');
    const { run, changes } = await tryNight();
    expect(run.answers).toEqual({ found: 4, absent: 0, unanswered: 1 });
    expect(changes.map((change) => change['user_id'])).toEqual(['u-ann', 'u-bob', 'u-dee', 'u-eve']);
    expect(exitCode(run)).toBe(4);
    expect(await nights.query(REASONS)).toMatchObject([
      { entry: 'cid@example.com', reason: expect.stringContaining('bad_request') as unknown },
    ]);
    const [totals] = await nights.query(
      `SELECT sum(found) + sum(absent) + sum(unanswered) AS accounted, sum(size) FILTER (WHERE status <> 'split') AS asked
         FROM batches WHERE run_id = 2`,
    );
    expect(totals).toEqual({ accounted: '5', asked: '5' });
    expectAllFired(nights.server);
  });

  test('says nothing of those whom an earlier night found absent', async () => {
    const tenant = makeTenant();
    tenant.addStranger('nobody@example.com');
    const { nights, night } = await beginStory(tenant);
    nights.server.faults.add({ on: { entries: ['nobody@example.com'] }, does: 'bad_request' });
    expect(await night()).toEqual([]);
    nights.server.faults.clear();
    tenant.addPerson({ email: 'nobody@example.com', userId: 'u-new', rosterEntry: null });
    // The last night that had asked and been told "absent" is the first one.
    expect(await night()).toMatchObject([{ kind: 'user_added', user_id: 'u-new', since: '1' }]);
  });
});

describe('a failure that does not say absent', () => {
  test.each(['Internal server error', 'Rate limit for this API has been reached.', 'Something else'])(
    'removes nobody: %s',
    async (msg) => {
      const { nights, tryNight } = await beginStory();
      const reason = { errors: [{ msg }] };
      nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: { fail: reason } });
      const { run, changes } = await tryNight();
      expect(run.answers).toEqual({ found: 4, absent: 0, unanswered: 1 });
      expect(changes).toEqual([]);
      expect(await readUser(nights, 'u-ann')).toMatchObject({ removed_at: null, confirmed_by: '1' });
    },
  );
});

import { describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { readUser, readViews } from '../support/directory.ts';
import { beginStory, makeTenant, type Story } from '../support/story.ts';

function addNewcomer(tenant: Tenant, rosterEntry: string | null): void {
  tenant.addPerson({ email: 'new@example.com', userId: 'u-new', rosterEntry });
  tenant.grant('new@example.com', 'Tester', 'Leave');
}

function expectAdded(changes: readonly object[], since: string | null): void {
  expect(changes).toMatchObject([
    { kind: 'user_added', user_id: 'u-new', since },
    { kind: 'role_granted', user_id: 'u-new', since },
  ]);
}

describe('somebody first seen', () => {
  test('whom nobody had asked about may have been there for years: nothing says since when', async () => {
    const { tenant, night } = await beginStory();
    addNewcomer(tenant, 'new@example.com');
    expectAdded(await night(), null);
  });

  test('whom the last night had asked about in vain came after it', async () => {
    const tenant = makeTenant();
    tenant.addStranger('new@example.com');
    const { night } = await beginStory(tenant);
    expect(await night()).toEqual([]);
    addNewcomer(tenant, null);
    expectAdded(await night(), '2');
  });

  test('whom the last nights had asked about without an answer came after the one that had one', async () => {
    const tenant = makeTenant();
    tenant.addStranger('new@example.com');
    const { nights, night } = await beginStory(tenant);
    nights.server.faults.add({ on: { entries: ['new@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    expect(await night()).toEqual([]);
    nights.server.faults.clear();
    addNewcomer(tenant, null);
    expectAdded(await night(), '1');
  });

  test('who had left the roster meanwhile came after the last night that asked', async () => {
    const { tenant, night } = await beginStory();
    const roster = [...tenant.roster()];
    expect(await night({ roster: [...roster, 'new@example.com'] })).toEqual([]);
    expect(await night({ roster })).toEqual([]);
    expect(await night({ roster })).toEqual([]);
    addNewcomer(tenant, 'new@example.com');
    expectAdded(await night(), '2');
  });

  test('about whom the answers disagreed at first came before that', async () => {
    const tenant = makeTenant();
    for (const entry of ['new@example.com', 'newer@example.com']) tenant.addStranger(entry);
    const { nights, night } = await beginStory(tenant);
    nights.server.faults.add({ on: { entries: ['new@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    nights.server.faults.clear();
    addNewcomer(tenant, null);
    tenant.addPerson({ email: 'newer@example.com', userId: 'u-newer', rosterEntry: null, status: 'Locked' });
    nights.server.faults.add({
      on: { entries: ['newer@example.com'] },
      does: { set: { 'userInfo.userId': 'u-new' } },
    });
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-new')).toBeUndefined();
    nights.server.faults.clear();
    tenant.remove('newer@example.com');
    expectAdded(await night(), '1');
  });
});

describe('somebody who is back', () => {
  async function beginWithout(): Promise<Story> {
    const story = await beginStory();
    story.tenant.remove('ann@example.com');
    expect(await story.night()).toMatchObject([{ kind: 'user_removed', since: '1' }, { since: '1' }]);
    return story;
  }

  function comeBack(tenant: Tenant): void {
    const [ann] = tenant.departed;
    if (ann === undefined) throw new Error('nobody has left');
    tenant.restore(ann);
  }

  test('came back after the last night that found them absent', async () => {
    const { tenant, nights, night } = await beginWithout();
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3' });
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3' });
    nights.server.faults.clear();
    comeBack(tenant);
    expect(await night()).toMatchObject([
      { kind: 'user_restored', since: '3' },
      { kind: 'role_granted', since: '3' },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '5' });
  });

  test('was not asked about while off the roster, and shown as of when they were', async () => {
    const { tenant, nights, night } = await beginWithout();
    const roster = [...tenant.roster()].filter((entry) => entry !== 'ann@example.com');
    expect(await night({ roster })).toEqual([]);
    expect(await night({ roster })).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '2', in_roster: false });
    comeBack(tenant);
    expect(await night()).toMatchObject([{ kind: 'user_restored', since: '2' }, { since: '2' }]);
  });
});

describe('as_of', () => {
  test('is the instant of the last answer, and after the opening', async () => {
    const { nights } = await beginStory();
    const [row] = await nights.query(
      `SELECT r.as_of = b.last AS is_last, r.as_of > r.opened_at AS is_later
         FROM directory.runs r, (SELECT max(answered_at) AS last FROM batches) b`,
    );
    expect(row).toEqual({ is_last: true, is_later: true });
  });

  test('grows from night to night, though the clock be set back by a year', async () => {
    const { tenant, nights, night } = await beginStory();
    await nights.query(
      `UPDATE runs SET as_of = as_of + interval '1 year', opened_at = opened_at + interval '1 year',
                       published_at = published_at + interval '1 year'`,
    );
    for (let step = 1; step <= 2; step += 1) {
      tenant.setStatus('ann@example.com', `Locked ${step}`);
      expect(await night()).toMatchObject([{ kind: 'status_changed' }]);
    }
    const runs = await nights.query<{ as_of: string }>(
      `SELECT as_of::text FROM directory.runs WHERE status = 'published' ORDER BY run_id`,
    );
    const instants = runs.map((run) => run.as_of);
    expect(new Set(instants).size).toBe(3);
    expect([...instants].sort()).toEqual(instants);
  });
});

test('what was confirmed, and when, is told of everybody alike on a quiet night', async () => {
  const { nights, night } = await beginStory();
  expect(await night()).toEqual([]);
  const [last] = await nights.query<{ as_of: Date }>('SELECT as_of FROM directory.freshness');
  const { users } = await readViews(nights);
  expect(users.map((user) => user['confirmed_at'])).toEqual(users.map(() => last?.as_of));
});

test('a change of the canonical form stores everybody again, and changes nobody', async () => {
  const { nights, night } = await beginStory();
  await nights.query(`UPDATE users SET hash = sha256('an earlier version of it')`);
  expect(await night()).toEqual([]);
  const [row] = await nights.query<{ hashes: string }>(
    `SELECT count(*) AS hashes FROM users WHERE hash = sha256('an earlier version of it')`,
  );
  expect(row).toEqual({ hashes: '0' });
});

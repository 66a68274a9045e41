import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/fault.ts';
import { readViews } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { expectAccounted, readUnanswered } from '../support/receipts.ts';
import { beginStory, makeTenant, openStory } from '../support/story.ts';

const ANN = { entries: ['ann@example.com'] };

describe('items that are there, in whatever order and spelling', () => {
  const HARMLESS: Readonly<Record<string, Fault>> = {
    'in another order': { does: 'reorder' },
    'each of them twice': { does: 'duplicate' },
    'in the other letter case': { does: 'swap_case' },
    'with somebody nobody asked for': { does: 'add_stranger' },
    'with items that are none': { does: { add: [null, 7, 'text', [], {}, { userInfo: null }] } },
    'with a failure beside the item': { on: ANN, does: { fail: 'Invalid emailId', beside: true } },
  };

  test('answer for those they are about, and change nobody', async () => {
    const { nights, night } = await beginStory();
    const before = await readViews(nights);
    for (const [name, fault] of Object.entries(HARMLESS)) {
      nights.server.faults.add({ name, ...fault });
      expect(await night(), name).toEqual([]);
      nights.server.faults.clear();
    }
    expectAllFired(nights.server);
    const after = await readViews(nights);
    expect({ ...after, users: [] }).toEqual({ ...before, users: [] });
    expect(after.users.map((user) => user['user_id'])).toEqual(before.users.map((user) => user['user_id']));
  });

  test('nobody asked for are counted and are nobody', async () => {
    const { nights, tryNight } = await openStory();
    nights.server.faults.add({ does: 'add_stranger' });
    const { run } = await tryNight();
    await expectAccounted(nights, run, 5);
    expect(await nights.query('SELECT sum(ignored)::int AS ignored FROM batches')).toEqual([{ ignored: 1 }]);
    expect(await nights.query(`SELECT FROM directory.users WHERE user_id = 'u-stranger'`)).toEqual([]);
    expectAllFired(nights.server);
  });
});

describe('an answer that is none', () => {
  const UNUSABLE: Readonly<Record<string, Fault['does']>> = {
    'no item': 'omit',
    'no user id': { drop: 'userInfo.userId' },
    'a user id that is no text': { set: { 'userInfo.userId': {} } },
    'two items that disagree': { duplicate: { 'userInfo.userId': 'u-other' } },
    'a failure that says to try again': { fail: { errors: [{ msg: 'Try again later', code: 500 }] } },
    'a failure that says nothing': { fail: null },
  };

  test('leaves the entry unanswered and the person as they were', async () => {
    // I1, I12
    const { nights, tryNight } = await beginStory();
    for (const [name, does] of Object.entries(UNUSABLE)) {
      nights.server.faults.add({ name, on: ANN, does });
      const { run, changes } = await tryNight();
      nights.server.faults.clear();
      expect(run, name).toMatchObject({
        status: 'published',
        answers: { found: 4, absent: 0, unanswered: 1 },
      });
      expect(changes, name).toEqual([]);
      expect(await readUnanswered(nights, run.runId), name).toMatchObject([{ entry: ANN.entries[0] }]);
      await expectAccounted(nights, run, 5);
    }
    expectAllFired(nights.server);
  });
});

describe('fields that are missing, null or of a surprising type', () => {
  /** From the outside in: where a list is missing, so is everything in it. */
  const LAYERS = [
    ['roles', 'groups', 'assignBotTasks', 'canCreateBot', 'isDeveloper'],
    ['roles.btRoles', 'roles.adminRoles', 'userInfo.firstName', 'userInfo.lastName', 'userInfo.lastLogin'],
    [
      ...['roles.btRoles.groups', 'roles.btRoles.roleName', 'roles.btRoles.botName', 'userInfo.status'],
      ...['roles.adminRoles.groups', 'roles.adminRoles.roleName', 'groups.groupName'],
    ],
  ];
  const to = (value: unknown) => (fields: string[]) => ({
    set: Object.fromEntries(fields.map((field) => [field, value])),
  });

  function makeRichTenant() {
    const tenant = makeTenant();
    tenant.grantToGroup('Ops', 'Admin');
    for (const { email } of tenant.people) {
      tenant.joinGroup(email, 'Ops');
      tenant.assignTask(email, 'Leave', 'dialog', 't-1');
    }
    return tenant;
  }

  test.each([
    { how: 'missing', befall: (drop: string[]) => ({ drop }), drifts: false },
    { how: 'null', befall: to(null), drifts: false },
    { how: 'numbers', befall: to(42), drifts: true },
  ])('are not observed, and change nothing: $how', async ({ befall, drifts }) => {
    // I12
    const { nights, tryNight } = await beginStory(makeRichTenant());
    const before = await readViews(nights);
    for (const fields of LAYERS) {
      nights.server.faults.add({ does: befall(fields) });
      const { run, changes } = await tryNight();
      nights.server.faults.clear();
      expect(run, fields.join()).toMatchObject({ status: 'published', coverage: 1 });
      expect(changes, fields.join()).toEqual([]);
      expect(run.drift.length > 0, fields.join()).toBe(drifts);
      const after = await readViews(nights);
      expect(withoutInstant(after.users)).toEqual(withoutInstant(before.users));
      expect({ ...after, users: [] }).toEqual({ ...before, users: [] });
    }
    expectAllFired(nights.server);
  });

  function withoutInstant(users: readonly object[]): object[] {
    return users.map((user) => ({ ...user, confirmed_at: null }));
  }
});

test('unknown fields are kept, change nobody, and are reported once per run', async () => {
  const { nights, tryNight } = await beginStory();
  nights.server.faults.add({ does: { set: { 'userInfo.shoeSize': 42, badge: 'gold' } } });
  const { run, changes } = await tryNight({ env: { BATCH_SIZE: '1' } });
  expect(run).toMatchObject({ status: 'published', coverage: 1, drift: ['badge', 'userInfo.shoeSize'] });
  expect(changes).toEqual([]);
  const kept = await nights.query<{ extra: unknown }>('SELECT extra FROM users');
  expect(kept.map(({ extra }) => JSON.stringify(extra))).toEqual(
    kept.map(() => expect.stringMatching(/gold.*42|42.*gold/) as unknown),
  );
  expectAllFired(nights.server);
});

import { expect, test } from 'vitest';
import type { Edition } from '../../src/simulator/editions.ts';
import { readViews } from '../support/directory.ts';
import { beginStory, makeTenant, type Story } from '../support/story.ts';

/** Somebody with everything an edition can show or leave out: a role directly, one through a group, a task. */
async function beginIn(edition: Edition): Promise<Story> {
  const tenant = makeTenant(edition, ['ann', 'bob']);
  tenant.grantToGroup('Ops', 'Admin');
  tenant.joinGroup('ann@example.com', 'Ops');
  tenant.assignTask('ann@example.com', 'Leave', 'dialog', 't-1');
  return beginStory(tenant);
}

const DIRECT = { direct: true, via_groups: [] };
const VIA_OPS = { direct: false, via_groups: ['Ops'] };
const UNSAID = { direct: null, via_groups: null };

test('an edition that leaves out sources and tasks revokes nothing, nor does the way back', async () => {
  // I12
  const { tenant, nights, night } = await beginIn('xo');
  const before = await readViews(nights);
  for (const edition of ['current', 'xo', 'current'] as const) {
    tenant.edition = edition;
    expect(await night()).toEqual([]);
    const after = await readViews(nights);
    expect({ ...after, users: [] }).toEqual({ ...before, users: [] });
  }
});

test('an edition that leaves out the status does not unset it, nor does the way back', async () => {
  const { tenant, nights, night } = await beginIn('xo');
  tenant.edition = 'v7';
  expect(await night()).toEqual([]);
  expect((await readViews(nights)).users).toMatchObject([{ status: 'active' }, { status: 'active' }]);
  tenant.edition = 'xo';
  expect(await night()).toEqual([]);
});

test('what an edition is the first to show makes rows that do not say since when', async () => {
  const { tenant, nights, night } = await beginIn('current');
  const { grants: before } = await readViews(nights);
  expect(before.map(({ direct, via_groups: viaGroups }) => ({ direct, viaGroups }))).toEqual(
    before.map(() => ({ direct: null, viaGroups: null })),
  );
  tenant.edition = 'xo';
  expect(await night()).toMatchObject([
    {
      kind: 'role_source_changed',
      user_id: 'u-ann',
      role_name: 'Admin',
      before: UNSAID,
      after: VIA_OPS,
      since: null,
    },
    {
      kind: 'role_source_changed',
      user_id: 'u-ann',
      role_name: 'Tester',
      before: UNSAID,
      after: DIRECT,
      since: null,
    },
    { kind: 'task_assigned', user_id: 'u-ann', task_id: 't-1', since: null },
    { kind: 'role_source_changed', user_id: 'u-bob', role_name: 'Tester', after: DIRECT, since: null },
  ]);
  const { grants: after } = await readViews(nights);
  expect(after.map((grant) => grant['valid_from'])).toEqual(before.map((grant) => grant['valid_from']));

  tenant.assignTask('bob@example.com', 'Leave', 'alert', 't-2');
  expect(await night()).toMatchObject([{ kind: 'task_assigned', user_id: 'u-bob', since: '2' }]);
});

test('a status seen for the first time is a change that does not say since when', async () => {
  const { tenant, night } = await beginIn('v7');
  tenant.edition = 'current';
  expect(await night()).toMatchObject([
    { kind: 'status_changed', user_id: 'u-ann', after: 'active', since: null },
    { kind: 'status_changed', user_id: 'u-bob', after: 'active', since: null },
  ]);
});

test('a change made while an edition could not show it is one when it can be seen again', async () => {
  const { tenant, night } = await beginIn('xo');
  tenant.edition = 'current';
  tenant.unassignTask('ann@example.com', 'Leave', 'dialog', 't-1');
  expect(await night()).toEqual([]);
  tenant.edition = 'xo';
  // The night between them could not see it.
  expect(await night()).toMatchObject([
    { kind: 'task_unassigned', user_id: 'u-ann', task_id: 't-1', since: '1' },
  ]);
  tenant.assignTask('ann@example.com', 'Leave', 'dialog', 't-1');
  expect(await night()).toMatchObject([{ kind: 'task_assigned', since: '3' }]);
});

test('a change is dated after the last night that could have shown it, part by part', async () => {
  const { tenant, nights, night } = await beginIn('xo');
  const { faults } = nights.server;
  const on = { entries: ['ann@example.com'] };
  // The status is hidden every night, something else each night, and everything changes at the end.
  for (const hidden of [[], ['roles.adminRoles'], ['groups'], ['userInfo.firstName', 'roles.btRoles']]) {
    faults.clear();
    const fault = faults.add({ on, does: { drop: ['userInfo.status', ...hidden] } });
    expect(await night()).toEqual([]);
    expect(fault.fired).toBe(1);
  }
  faults.clear();
  tenant.setStatus('ann@example.com', 'Suspended');
  tenant.setName('ann@example.com', 'Anne', 'Doe');
  tenant.joinGroup('ann@example.com', 'Staff');
  tenant.grant('ann@example.com', 'Auditor');
  tenant.revoke('ann@example.com', 'Tester', 'Leave');
  tenant.unassignTask('ann@example.com', 'Leave', 'dialog', 't-1');
  const dated = (await night()).map(({ kind, scope, since }) => [kind, scope, since]);
  expect(dated).toEqual(
    expect.arrayContaining([
      ['name_changed', undefined, '4'],
      ['status_changed', undefined, '1'],
      ['role_granted', 'admin', '5'],
      ['role_revoked', 'bot', '4'],
      ['group_joined', undefined, '5'],
      ['task_unassigned', undefined, '5'],
    ]),
  );
  const [row] = await nights.query('SELECT unobserved FROM users WHERE user_id = $1', ['u-ann']);
  expect(row).toEqual({ unobserved: null });
});

test('fields that are missing, null or of another type are not observed, and what is known stands', async () => {
  const { nights, night } = await beginIn('xo');
  const before = await readViews(nights);
  const { faults } = nights.server;
  for (const does of [
    { drop: ['roles', 'groups', 'assignBotTasks', 'canCreateBot', 'isDeveloper', 'userInfo.status'] },
    {
      set: { roles: null, groups: null, assignBotTasks: null, canCreateBot: null, 'userInfo.lastName': null },
    },
    { set: { roles: [], groups: {}, assignBotTasks: 'none', isDeveloper: 'yes', 'userInfo.firstName': 7 } },
    { set: { 'roles.btRoles': null, 'roles.adminRoles': 'none', groups: [{ groupName: 'no id' }] } },
    { set: { 'roles.btRoles': [{ roleName: 'no id' }], 'roles.adminRoles': [null], groups: [7] } },
  ]) {
    faults.clear();
    const fault = faults.add({ on: { entries: ['ann@example.com'] }, does });
    expect(await night()).toEqual([]);
    expect(fault.fired).toBe(1);
    expect({ ...(await readViews(nights)), users: [] }).toEqual({ ...before, users: [] });
  }
});

import { describe, expect, test } from 'vitest';
import { readViews } from '../support/directory.ts';
import { beginStory, makeTenant, openStory } from '../support/story.ts';

const GRANT_OF = { scope: 'bot', role_name: 'Tester', bot_name: 'Leave' };
const DIRECT = { direct: true, via_groups: [] };

describe('a role', () => {
  test('that is renamed makes one change, whoever holds it', async () => {
    const { tenant, nights, night } = await beginStory();
    const { role } = tenant.grantOf('Tester', 'Leave');
    tenant.rename(role, 'Examiner');
    expect(await night()).toEqual([
      {
        kind: 'role_renamed',
        since: '1',
        scope: 'bot',
        role_id: role.id,
        role_name: 'Examiner',
        before: 'Tester',
        after: 'Examiner',
      },
    ]);
    const { grants } = await readViews(nights);
    expect(new Set(grants.map((grant) => grant['role_name']))).toEqual(new Set(['Examiner']));
  });

  test('shown under two names in one night keeps the known one, until all agree', async () => {
    const { tenant, nights, night } = await beginStory();
    const { role } = tenant.grantOf('Tester', 'Leave');
    const { faults } = nights.server;
    faults.add({
      on: { entries: ['ann@example.com'] },
      does: { set: { 'roles.btRoles.roleName': 'Examiner' } },
    });
    expect(await night()).toEqual([]);
    expect(await night()).toEqual([]);

    faults.clear();
    tenant.rename(role, 'Examiner');
    expect(await night()).toMatchObject([{ kind: 'role_renamed', before: 'Tester', after: 'Examiner' }]);
    expect(await night()).toEqual([]);
  });

  test('shown under two names from the first night on is not renamed to and fro', async () => {
    const { tenant, nights, night } = await openStory();
    nights.server.faults.add({
      on: { entries: ['ann@example.com'] },
      does: { set: { 'roles.btRoles.roleName': 'Examiner' } },
    });
    expect(await night()).toEqual([]);
    for (const name of ['ann', 'bob', 'ann']) {
      tenant.setName(`${name}@example.com`, 'Another', `Name ${tenant.night}`);
      expect(await night()).toMatchObject([{ kind: 'name_changed' }]);
      tenant.night += 1;
    }
  });

  test('keeps its name when one person’s is left out', async () => {
    const { tenant, nights, night } = await beginStory();
    const { role } = tenant.grantOf('Tester', 'Leave');
    nights.server.faults.add({
      on: { entries: ['ann@example.com'] },
      does: { drop: 'roles.btRoles.roleName' },
    });
    expect(await night()).toEqual([]);
    tenant.rename(role, 'Examiner');
    expect(await night()).toMatchObject([{ kind: 'role_renamed', after: 'Examiner' }]);
  });

  test('is dated after the last night that showed its name, not after one in which its holder was silent', async () => {
    const tenant = makeTenant();
    tenant.grant('ann@example.com', 'Auditor');
    const { nights, night } = await beginStory(tenant);
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    nights.server.faults.clear();
    tenant.rename(tenant.grantOf('Auditor').role, 'Reader');
    tenant.rename(tenant.grantOf('Tester', 'Leave').role, 'Examiner');
    const dated = (await night()).map(({ kind, before, since }) => [kind, before, since]);
    expect(dated.sort()).toEqual([
      ['role_renamed', 'Auditor', '1'],
      ['role_renamed', 'Tester', '2'],
    ]);
  });

  test('whose id is used on another bot is another grant', async () => {
    const { tenant, night } = await beginStory();
    const { role } = tenant.grantOf('Tester', 'Leave');
    tenant.revoke('ann@example.com', role, 'Leave');
    tenant.grant('ann@example.com', role, 'Payroll');
    expect(await night()).toMatchObject([
      { kind: 'role_granted', role_id: role.id, bot_name: 'Payroll', after: DIRECT, since: '1' },
      { kind: 'role_revoked', role_id: role.id, bot_name: 'Leave', before: DIRECT, since: '1' },
    ]);
  });
});

describe('where a grant comes from', () => {
  test('may change from directly to a group: one change, and held without a break', async () => {
    const { tenant, nights, night } = await beginStory();
    const held = `SELECT valid_from, direct, via_groups FROM directory.role_grants WHERE user_id = 'u-ann'`;
    const [before] = await nights.query<{ valid_from: Date }>(held);
    tenant.revoke('ann@example.com', 'Tester', 'Leave');
    tenant.grantToGroup('Ops', 'Tester', 'Leave');
    tenant.joinGroup('ann@example.com', 'Ops');
    const viaOps = { direct: false, via_groups: ['Ops'] };
    expect(await night()).toMatchObject([
      { kind: 'role_source_changed', ...GRANT_OF, before: DIRECT, after: viaOps, since: '1' },
      { kind: 'group_joined', group_name: 'Ops', since: '1' },
    ]);
    expect(await nights.query(held)).toEqual([{ valid_from: before?.valid_from, ...viaOps }]);

    tenant.leaveGroup('ann@example.com', 'Ops');
    tenant.grant('ann@example.com', 'Tester', 'Leave');
    expect(await night()).toMatchObject([
      { kind: 'role_source_changed', before: viaOps, after: DIRECT, since: '2' },
      { kind: 'group_left', group_name: 'Ops' },
    ]);
    expect(await nights.query(held)).toEqual([{ valid_from: before?.valid_from, ...DIRECT }]);
  });

  test('is not changed by the renaming of the group, which is one change', async () => {
    const tenant = makeTenant();
    const ops = tenant.addGroup('Ops');
    tenant.grantToGroup(ops, 'Builder', 'Leave');
    for (const name of ['ann', 'bob']) tenant.joinGroup(`${name}@example.com`, ops);
    const { nights, night } = await beginStory(tenant);
    tenant.rename(ops, 'Operations');
    expect(await night()).toEqual([
      {
        kind: 'group_renamed',
        since: '1',
        group_id: ops.id,
        group_name: 'Operations',
        before: 'Ops',
        after: 'Operations',
      },
    ]);
    const { grants } = await readViews(nights);
    expect(grants.filter((grant) => grant['role_name'] === 'Builder')).toMatchObject([
      { via_groups: ['Operations'] },
      { via_groups: ['Operations'] },
    ]);
  });

  test('may become a group that no list of groups names', async () => {
    const { nights, night } = await beginStory();
    const { faults } = nights.server;
    faults.add({
      on: { entries: ['ann@example.com'] },
      does: { set: { 'roles.btRoles.groups': ['Board'] } },
    });
    const viaBoard = { direct: false, via_groups: ['Board'] };
    expect(await night()).toMatchObject([{ kind: 'role_source_changed', before: DIRECT, after: viaBoard }]);
    expect(
      await nights.query(`SELECT direct, via_groups FROM directory.role_grants WHERE user_id = 'u-ann'`),
    ).toEqual([viaBoard]);
    faults.clear();
    expect(await night()).toMatchObject([{ kind: 'role_source_changed', before: viaBoard, after: DIRECT }]);
  });
});

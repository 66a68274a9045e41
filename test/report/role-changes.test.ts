import { expect, test } from 'vitest';
import { describeChanges } from '../../src/report/changes.ts';
import { describeRoleChanges } from '../../src/report/role-changes.ts';
import type { RoleChange } from '../../src/store/changes.ts';

const CHANGE: RoleChange = {
  kind: 'role_source_changed',
  userId: 'u-ann',
  email: 'ann@example.com',
  scope: 'admin',
  roleId: 'r-1',
  roleName: 'Auditor',
  botId: null,
  botName: null,
  before: { direct: true, via_groups: ['Ops', 'Sales'] },
  after: { direct: null, via_groups: null },
};
const NO_OTHER_THING = { groupId: null, groupName: null, taskKind: null, taskId: null };

test('both tables of changes say in the same words how a role is held', () => {
  expect(describeRoleChanges([CHANGE])).toMatch(
    /ann@example\.com.*source changed.*Auditor.*the account.*directly, via Ops, via Sales → not said/,
  );
  expect(describeChanges([{ ...CHANGE, ...NO_OTHER_THING }])).toMatch(
    /ann@example\.com.*role source changed.*Auditor on the account.*directly, via Ops, via Sales.*not said/,
  );
});

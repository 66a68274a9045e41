import { describe, expect, test } from 'vitest';
import { CHANGE_KINDS, type UserChange, type UserChangeBody } from '../../src/core/change.ts';
import { PARTS, type Part } from '../../src/core/unobserved.ts';
import { toPlannedChange, toRename, type PlannedChange, type Rename } from '../../src/core/planned-change.ts';

const JANE = { userId: 'u-1', email: 'jane@example.com', notBefore: '2026-03-01 02:00:00+00' };
const OPENED_AT = '2026-03-01 02:00:00+00';
const GRANT = { scope: 'bot', roleId: 'r-1', botId: 'st-1' } as const;
const DIRECT = { direct: true, viaGroups: [] };
const VIA_OPS = { direct: false, viaGroups: ['g-ops'] };
const TASK = { botId: 'st-1', kind: 'alert', taskId: 't-1' } as const;
const JANE_DOE = { firstName: 'Jane', lastName: 'Doe' };

function planned(body: UserChangeBody, firstObserved = false): PlannedChange {
  const change: UserChange = { ...body, firstObserved };
  return toPlannedChange({ ...JANE, unobserved: {} }, change);
}

const EMPTY = {
  scope: null,
  roleId: null,
  botId: null,
  groupId: null,
  taskKind: null,
  taskId: null,
  before: null,
  after: null,
  detail: null,
};

describe('a change of a user', () => {
  test.each<[UserChangeBody, Partial<PlannedChange>]>([
    [{ kind: 'user_removed' }, {}],
    [{ kind: 'user_restored' }, {}],
    [
      { kind: 'email_changed', before: 'j@example.com', after: 'jane@example.com' },
      { before: 'j@example.com', after: 'jane@example.com' },
    ],
    [
      { kind: 'status_changed', before: null, after: 'active' },
      { before: null, after: 'active' },
    ],
    [
      { kind: 'developer_changed', before: false, after: true },
      { before: false, after: true },
    ],
    [
      { kind: 'bot_creation_changed', before: true, after: false },
      { before: true, after: false },
    ],
    [
      { kind: 'role_granted', grant: GRANT, after: DIRECT },
      { ...GRANT, detail: { after: DIRECT } },
    ],
    [
      { kind: 'role_revoked', grant: GRANT, before: DIRECT },
      { ...GRANT, detail: { before: DIRECT } },
    ],
    [
      { kind: 'role_source_changed', grant: GRANT, before: DIRECT, after: VIA_OPS },
      { ...GRANT, detail: { before: DIRECT, after: VIA_OPS } },
    ],
    [{ kind: 'group_joined', groupId: 'g-ops' }, { groupId: 'g-ops' }],
    [{ kind: 'group_left', groupId: 'g-ops' }, { groupId: 'g-ops' }],
    [
      { kind: 'task_assigned', task: TASK },
      { botId: 'st-1', taskKind: 'alert', taskId: 't-1' },
    ],
    [
      { kind: 'task_unassigned', task: TASK },
      { botId: 'st-1', taskKind: 'alert', taskId: 't-1' },
    ],
  ])('is stored with what its kind says and nothing else: $kind', (body, columns) => {
    expect(planned(body)).toEqual({ ...EMPTY, ...JANE, kind: body.kind, ...columns });
  });

  test('of name shows the whole name, and keeps its halves', () => {
    const after = { firstName: 'Jane', lastName: 'Roe' };
    expect(planned({ kind: 'name_changed', before: JANE_DOE, after })).toMatchObject({
      before: 'Jane Doe',
      after: 'Jane Roe',
      detail: { before: JANE_DOE, after },
    });
  });

  test('of name shows nothing where nobody ever said one, and one half where there is only one', () => {
    const unsaid = { firstName: null, lastName: null };
    const after = { firstName: '', lastName: 'Doe' };
    expect(planned({ kind: 'name_changed', before: unsaid, after })).toMatchObject({
      before: null,
      after: 'Doe',
    });
  });

  test('that adds somebody keeps their attributes, which are no changes', () => {
    // I4
    const after = { ...JANE_DOE, status: 'active', canCreateBot: false, isDeveloper: null };
    expect(planned({ kind: 'user_added', after })).toMatchObject({
      before: null,
      after: null,
      detail: { after },
    });
  });

  test('says nothing of when, where nobody had looked before', () => {
    const joined: UserChangeBody = { kind: 'group_joined', groupId: 'g-ops' };
    expect(planned(joined).notBefore).toBe(JANE.notBefore);
    expect(planned(joined, true).notBefore).toBeNull();
  });
});

describe('a change of what the last answers did not show', () => {
  const SEEN_LAST = '2026-02-01 02:00:00+00';
  const WITHOUT: readonly (readonly [Part, UserChangeBody])[] = [
    ['name', { kind: 'name_changed', before: JANE_DOE, after: { ...JANE_DOE, firstName: 'Janet' } }],
    ['status', { kind: 'status_changed', before: 'active', after: 'Suspended' }],
    ['isDeveloper', { kind: 'developer_changed', before: true, after: false }],
    ['canCreateBot', { kind: 'bot_creation_changed', before: true, after: false }],
    [
      'adminRoles',
      { kind: 'role_revoked', grant: { ...GRANT, scope: 'admin', botId: null }, before: DIRECT },
    ],
    ['botRoles', { kind: 'role_granted', grant: GRANT, after: DIRECT }],
    ['sources', { kind: 'role_source_changed', grant: GRANT, before: DIRECT, after: VIA_OPS }],
    ['groups', { kind: 'group_left', groupId: 'g-ops' }],
    ['tasks', { kind: 'task_unassigned', task: TASK }],
  ];

  test.each(WITHOUT)('is dated after the last that did, and only that: %s', (part, body) => {
    const change = { ...body, firstObserved: false };
    const others = Object.fromEntries(
      PARTS.filter((other) => other !== part).map((other) => [other, SEEN_LAST]),
    );
    expect(toPlannedChange({ ...JANE, unobserved: { [part]: SEEN_LAST } }, change).notBefore).toBe(SEEN_LAST);
    expect(toPlannedChange({ ...JANE, unobserved: { [part]: null } }, change).notBefore).toBeNull();
    expect(toPlannedChange({ ...JANE, unobserved: others }, change).notBefore).toBe(JANE.notBefore);
  });

  test('covers every part there is, and an address is always shown', () => {
    expect(WITHOUT.map(([part]) => part).sort()).toEqual([...PARTS].sort());
    const unobserved = Object.fromEntries(PARTS.map((part) => [part, SEEN_LAST]));
    const moved = { kind: 'email_changed', before: 'j@example.com', after: 'jane@example.com' } as const;
    expect(toPlannedChange({ ...JANE, unobserved }, { ...moved, firstObserved: false }).notBefore).toBe(
      JANE.notBefore,
    );
  });
});

describe('a rename', () => {
  test.each<[Rename, Partial<PlannedChange>]>([
    [
      { thing: 'role', key: 'r-1', scope: 'admin', before: 'Auditor', after: 'Reader', notBefore: OPENED_AT },
      { kind: 'role_renamed', scope: 'admin', roleId: 'r-1', before: 'Auditor', after: 'Reader' },
    ],
    [
      { thing: 'bot', key: 'st-1', scope: '', before: 'Leave', after: 'Holidays', notBefore: OPENED_AT },
      { kind: 'bot_renamed', botId: 'st-1', before: 'Leave', after: 'Holidays' },
    ],
    [
      { thing: 'group', key: 'g-ops', scope: '', before: 'Ops', after: 'Operations', notBefore: OPENED_AT },
      { kind: 'group_renamed', groupId: 'g-ops', before: 'Ops', after: 'Operations' },
    ],
  ])('makes one row, without a user: $thing', (rename, columns) => {
    expect(toRename(rename)).toEqual({
      ...EMPTY,
      userId: null,
      email: null,
      notBefore: OPENED_AT,
      ...columns,
    });
  });

  test('of what had no name says nothing of when', () => {
    const first: Rename = {
      thing: 'bot',
      key: 'st-1',
      scope: '',
      before: null,
      after: 'Leave',
      notBefore: null,
    };
    expect(toRename(first).notBefore).toBeNull();
  });
});

test('every kind of the contract has a row of its own', () => {
  expect(new Set(CHANGE_KINDS).size).toBe(18);
});

import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { createDrift } from '../../src/kore/drift.ts';
import { parseUserItem } from '../../src/kore/user-item.ts';

describe('I12: what cannot be read is not observed', () => {
  const SURPRISES: readonly [string, unknown][] = [
    ['a number', 7],
    ['a list', [[]]],
    ['an object', { a: 1 }],
  ];

  test.each(['firstName', 'lastName', 'status', 'lastLogin'] as const)('userInfo.%s', (field) => {
    for (const value of [undefined, null]) {
      const { snapshot, drift } = read({}, { [field]: value });
      expect(snapshot).not.toHaveProperty(field);
      expect(drift).toEqual([]);
    }
    for (const [, value] of [...SURPRISES, ['a boolean', true]] as const) {
      const { snapshot, drift } = read({}, { [field]: value });
      expect(snapshot).not.toHaveProperty(field);
      expect(drift).toEqual([`userInfo.${field}`]);
    }
  });

  test.each(['canCreateBot', 'isDeveloper'] as const)('%s', (field) => {
    expect(read({ [field]: false }).snapshot[field]).toBe(false);
    expect(read({ [field]: null })).toEqual(read({}));
    for (const [, value] of [...SURPRISES, ['a word', 'true']] as const) {
      const { snapshot, drift } = read({ [field]: value });
      expect(snapshot).not.toHaveProperty(field);
      expect(drift).toEqual([field]);
    }
  });

  test.each([
    ['roles', 'roles', {}],
    ['groups', 'groups', 'x'],
    ['assignBotTasks', 'assignBotTasks', {}],
  ])('%s', (field, path, surprise) => {
    expect(read({ [field]: null })).toEqual(read({}));
    const { snapshot, drift } = read({ [field]: field === 'roles' ? [] : surprise });
    expect(Object.keys(snapshot).sort()).toEqual(Object.keys(read({}).snapshot).sort());
    expect(drift).toEqual([path]);
  });

  test('the lists of roles', () => {
    expect(read({ roles: { btRoles: null } })).toEqual(read({}));
    expect(read({ roles: { btRoles: {} } }).drift).toEqual(['roles.btRoles']);
    const { snapshot } = read({ roles: { adminRoles: [] } });
    expect(snapshot).not.toHaveProperty('botRoles');
    expect(snapshot.adminRoles).toEqual({ items: [], complete: true });
  });

  test('the sources of a role, unless every name can be read', () => {
    for (const [groups, sources] of [
      [[], { viaGroupNames: [], direct: true }],
      [['ops', 'dev'], { viaGroupNames: ['dev', 'ops'], direct: false }],
      [null, {}],
      [undefined, {}],
      [['ops', 7], {}],
      [['ops', null], {}],
      [[''], {}],
      ['ops', {}],
    ] as const) {
      const { snapshot } = read({ roles: { adminRoles: [{ roleId: 'r-1', groups }] } });
      expect(snapshot.adminRoles).toEqual({ items: [{ roleId: 'r-1', ...sources }], complete: true });
    }
  });

  test('the tasks of a kind, unless every id can be read', () => {
    const { snapshot, drift } = read({
      assignBotTasks: [
        { botId: 'st-1', dialogs: ['d-2', 'd-1'], actions: null, alerts: [7], knowledgeTask: [] },
      ],
    });
    expect(snapshot.tasks).toEqual({
      items: [{ botId: 'st-1', taskIds: { dialog: ['d-1', 'd-2'], knowledge: [] } }],
      complete: true,
    });
    expect(drift).toEqual(['assignBotTasks[].alerts']);
  });
});

test.each([
  ['a role without an id', { roles: { adminRoles: [{ roleName: 'x' }, { roleId: 'r-1' }] } }, 'adminRoles'],
  ['a role that is null', { roles: { adminRoles: [null, { roleId: 'r-1' }] } }, 'adminRoles'],
  ['a bot role without a bot', { roles: { btRoles: [{ roleId: 'r-1' }] } }, 'botRoles'],
  ['a group without an id', { groups: [{ groupName: 'x' }] }, 'groups'],
  ['a group with a number for an id', { groups: [{ groupId: 7 }] }, 'groups'],
  ['tasks without a bot', { assignBotTasks: [{ dialogs: [] }] }, 'tasks'],
] as const)('%s leaves its list incomplete', (_, item, list) => {
  // I12
  const { snapshot, drift } = read(item);
  expect(snapshot[list]?.complete).toBe(false);
  expect(drift).not.toEqual([]);
});

test.each([
  ['2023-08-08T05:55:56.698Z', '2023-08-08T05:55:56.698Z'],
  ['2023-08-08T07:55:56+02:00', '2023-08-08T05:55:56.000Z'],
  ['2023-08-08T05:55:56', '2023-08-08T05:55:56.000Z'],
  ['2023-08-08 05:55:56', '2023-08-08T05:55:56.000Z'],
  ['2023-08-08', '2023-08-08T00:00:00.000Z'],
])('the last login %s is %s', (lastLogin, instant) => {
  expect(read({}, { lastLogin })).toMatchObject({ snapshot: { lastLogin: instant }, drift: [] });
});

test('an empty last login is not observed: nobody has logged in', () => {
  expect(read({}, { lastLogin: '' })).toEqual(read({}));
});

test.each(['yesterday', '5', '2023-13-45T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-10:00'])(
  'the last login %s is drift',
  (lastLogin) => {
    const { snapshot, drift } = read({}, { lastLogin });
    expect(snapshot).not.toHaveProperty('lastLogin');
    expect(drift).toEqual(['userInfo.lastLogin']);
  },
);

describe('unknown fields', () => {
  test('are kept as they came, and named', () => {
    const { snapshot, drift } = read(
      {
        grade: 7,
        roles: { btRoles: [{ roleId: 'r-1', botId: 'st-1', since: '2020' }], appRoles: [] },
        groups: [{ groupId: 'g-1', kind: { of: 'group' } }],
      },
      { department: 'Sales' },
    );
    expect(snapshot.extra).toEqual({
      grade: 7,
      'userInfo.department': 'Sales',
      'roles.appRoles': [],
      'roles.btRoles[].since': { 'r-1 st-1': '2020' },
      'groups[].kind': { 'g-1': { of: 'group' } },
    });
    expect(drift).toEqual([
      'grade',
      'groups[].kind',
      'roles.appRoles',
      'roles.btRoles[].since',
      'userInfo.department',
    ]);
  });

  test('that are null are named but not observed', () => {
    const { snapshot, drift } = read({ grade: null });
    expect(snapshot).not.toHaveProperty('extra');
    expect(drift).toEqual(['grade']);
  });

  test('may be called __proto__', () => {
    const item = JSON.parse('{"__proto__": {"isDeveloper": true}}') as Record<string, unknown>; // as written there
    const { snapshot } = read(item);
    expect(snapshot.isDeveloper).toBeUndefined();
    expect(JSON.stringify(snapshot.extra)).toBe('{"__proto__":{"isDeveloper":true}}');
  });

  test('may be nested to any depth', () => {
    const depth = 200_000;
    const deep = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
    expect(JSON.stringify(read({ deep }).snapshot.extra)).toContain('nested too deep');
  });

  test('with names that could be addresses are named without them', () => {
    // I8
    const { drift } = read({ 'jane@example.com': 1 });
    expect(drift).toEqual(['[masked]']);
  });

  test('of any number are named up to a hundred', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, index]));
    expect(read(many).drift).toHaveLength(100);
  });
});

function read(item: Record<string, unknown>, info: Record<string, unknown> = {}) {
  const drift = createDrift();
  const userInfo = { emailId: 'jane@example.com', userId: 'u-1', ...info };
  const content = parseUserItem({ ...item, userInfo }, drift)?.content;
  if (content?.kind !== 'found') throw new Error(`expected a user, got ${content?.kind ?? 'nothing'}`);
  const snapshot: Snapshot = content.snapshot;
  return { snapshot, drift: drift.paths() };
}

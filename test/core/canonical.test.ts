import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm, normalizeSnapshot } from '../../src/core/canonical.ts';
import { TASK_KINDS } from '../../src/core/snapshot.ts';
import type { ObservedRole, Snapshot } from '../../src/core/snapshot.ts';

const JANE: Snapshot = {
  userId: 'u-1',
  email: 'jane@example.com',
  firstName: 'Jane',
  status: 'active',
  botRoles: { items: [{ roleId: 'r-1', botId: 'st-1', viaGroupNames: [], direct: true }], complete: true },
  groups: { items: [{ groupId: 'g-1', groupName: 'ops' }], complete: true },
  tasks: { items: [{ botId: 'st-1', taskIds: { dialog: ['d-1'] } }], complete: true },
};

describe('canonicalForm', () => {
  test('begins with the version of the form', () => {
    expect(canonicalForm(JANE)).toMatch(/^1:/);
  });

  test.each<[string, Partial<Snapshot>]>([
    ['the user id', { userId: 'u-2' }],
    ['the address', { email: 'j@example.com' }],
    ['the last login', { lastLogin: '2026-03-01T00:00:00.000Z' }],
    ['the case of the status', { status: 'Active' }],
  ])('does not depend on %s', (_, difference) => {
    expect(canonicalForm({ ...JANE, ...difference })).toBe(canonicalForm(JANE));
  });

  test.each<[string, Partial<Snapshot>]>([
    ['a name', { firstName: 'Janet' }],
    ['the status', { status: 'Suspended' }],
    ['a flag', { isDeveloper: false }],
    ['the name of a group', { groups: { items: [{ groupId: 'g-1', groupName: 'dev' }], complete: true } }],
    ['completeness', { groups: { items: [{ groupId: 'g-1', groupName: 'ops' }], complete: false } }],
    [
      'the sources of a role',
      {
        botRoles: {
          items: [{ roleId: 'r-1', botId: 'st-1', viaGroupNames: ['ops'], direct: false }],
          complete: true,
        },
      },
    ],
    ['a task', { tasks: { items: [{ botId: 'st-1', taskIds: { dialog: ['d-2'] } }], complete: true } }],
    ['an unknown field', { extra: { grade: 7 } }],
  ])('depends on %s', (_, difference) => {
    expect(canonicalForm({ ...JANE, ...difference })).not.toBe(canonicalForm(JANE));
  });

  test('what is not observed differs from what is empty', () => {
    // I12
    const bare: Snapshot = { userId: 'u-1', email: 'jane@example.com' };
    const empty = { items: [], complete: true };
    const forms = [
      bare,
      { ...bare, firstName: '' },
      { ...bare, lastName: '' },
      { ...bare, botRoles: empty },
      { ...bare, adminRoles: empty },
      { ...bare, groups: empty },
      { ...bare, tasks: empty },
      { ...bare, isDeveloper: false },
      { ...bare, extra: {} },
      { ...bare, tasks: { items: [{ botId: 'st-1', taskIds: {} }], complete: true } },
      { ...bare, tasks: { items: [{ botId: 'st-1', taskIds: { dialog: [] } }], complete: true } },
    ].map(canonicalForm);
    expect(new Set(forms).size).toBe(forms.length);
  });

  test('survives being stored: neither JSON nor the order of keys changes it', () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const stored = JSON.parse(JSON.stringify(reverseKeys(snapshot))) as Snapshot; // what JSON makes of a snapshot
        expect(canonicalForm(stored)).toBe(canonicalForm(snapshot));
      }),
    );
  });

  test('does not depend on the order of the input', () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        expect(canonicalForm(reverseLists(snapshot))).toBe(canonicalForm(snapshot));
        // Unknown fields are kept as they came: a list in them may mean something by its order.
        const known = { ...snapshot, extra: {} };
        expect(normalizeSnapshot(reverseLists(known))).toEqual(normalizeSnapshot(known));
      }),
    );
  });
});

describe('normalizeSnapshot', () => {
  test('normalising twice changes nothing more', () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const once = normalizeSnapshot(snapshot);
        expect(normalizeSnapshot(once)).toEqual(once);
        expect(canonicalForm(once)).toBe(canonicalForm(snapshot));
      }),
    );
  });

  test('leaves what it was given as it was', () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const before = JSON.stringify(snapshot);
        normalizeSnapshot(snapshot);
        expect(JSON.stringify(snapshot)).toBe(before);
      }),
    );
  });

  test('a role listed twice is held once, by both ways', () => {
    const direct: ObservedRole = { roleId: 'r-1', botId: 'st-1', viaGroupNames: [], direct: true };
    const inherited: ObservedRole = { ...direct, viaGroupNames: ['ops', 'dev'], direct: false };
    expect(unite(direct, inherited)).toEqual([{ ...direct, viaGroupNames: ['dev', 'ops'], direct: true }]);
  });

  test('a role listed twice, once without its sources, has none that are known', () => {
    // I12
    const silent: ObservedRole = { roleId: 'r-1', botId: 'st-1', roleName: 'tester' };
    const inherited: ObservedRole = { ...silent, viaGroupNames: ['ops'], direct: false };
    expect(unite(silent, inherited)).toEqual([silent]);
  });

  test('the same role on two bots is two roles', () => {
    const roles = [
      { roleId: 'r-1', botId: 'st-2' },
      { roleId: 'r-1', botId: 'st-1' },
    ];
    expect(unite(...roles)).toEqual([...roles].reverse());
  });
});

function unite(...items: ObservedRole[]): readonly ObservedRole[] | undefined {
  return normalizeSnapshot({ userId: 'u', email: 'e', botRoles: { items, complete: true } }).botRoles?.items;
}

const ids = fc.constantFrom('a', 'b', 'c', 'd');

function roles(): fc.Arbitrary<ObservedRole> {
  const named = fc.record(
    { roleId: ids, roleName: fc.string(), botId: ids, botName: ids },
    { requiredKeys: ['roleId'] },
  );
  const sources = fc.option(fc.array(ids), { nil: undefined });
  return fc
    .tuple(named, sources)
    .map(([role, viaGroupNames]) =>
      viaGroupNames === undefined ? role : { ...role, viaGroupNames, direct: viaGroupNames.length === 0 },
    );
}

function lists<T>(items: fc.Arbitrary<T>) {
  return fc.record({ items: fc.array(items, { maxLength: 6 }), complete: fc.boolean() });
}

function snapshots(): fc.Arbitrary<Snapshot> {
  const taskIds = fc.record(Object.fromEntries(TASK_KINDS.map((kind) => [kind, fc.array(ids)])), {
    requiredKeys: [],
  });
  return fc.record(
    {
      userId: fc.string(),
      email: fc.string(),
      firstName: fc.string({ unit: 'binary' }),
      status: fc.string(),
      isDeveloper: fc.boolean(),
      botRoles: lists(roles()),
      adminRoles: lists(roles()),
      groups: lists(fc.record({ groupId: ids, groupName: ids }, { requiredKeys: ['groupId'] })),
      tasks: lists(fc.record({ botId: ids, taskIds })),
      extra: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
    },
    { requiredKeys: ['userId', 'email'] },
  );
}

function reverseLists(value: Snapshot): Snapshot {
  return reverseDeep(value) as Snapshot; // the same shape, lists turned round
}

function reverseDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseDeep).reverse();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reverseDeep(inner)]));
}

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reverseKeys(inner)] as const); // a pair, not a list
  return Object.fromEntries(entries.reverse());
}

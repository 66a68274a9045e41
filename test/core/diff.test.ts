import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UserChange } from '../../src/core/change.ts';
import { diffAdded, diffRemoved, diffRestored, diffUser } from '../../src/core/diff.ts';
import { NOBODY, type KnownUser } from '../../src/core/known.ts';
import type { ObservedList, ObservedRole, Snapshot } from '../../src/core/snapshot.ts';
import { applyChanges, inOrder, nobodyAt, toKnown, toSnapshot, userStates } from '../support/user-states.ts';

const EMAIL = 'jane@example.com';
const SAID_NOTHING: Snapshot = { userId: 'u-1', email: EMAIL };
const UNKNOWN: KnownUser = {
  ...NOBODY,
  email: EMAIL,
  seen: { botRoles: false, adminRoles: false, groups: false, tasks: false },
};
const DIRECT = { direct: true, viaGroups: [] };

function list<T>(...items: T[]) {
  return { items, complete: true };
}

function partOf<T>(...items: T[]) {
  return { items, complete: false };
}

function adminRole(
  sources: Pick<ObservedRole, 'viaGroupNames' | 'direct'> = { viaGroupNames: [], direct: true },
) {
  return { roleId: 'r-admin', ...sources };
}

function holdingAdmin(sources: KnownUser['grants'][number]['sources']): KnownUser {
  return {
    ...NOBODY,
    email: EMAIL,
    grants: [{ scope: 'admin', roleId: 'r-admin', botId: null, sources }],
    groups: [{ groupId: 'g-ops', name: 'Ops' }],
  };
}

function diff(known: KnownUser, observed: Partial<Snapshot>): UserChange[] {
  return diffUser(known, { ...SAID_NOTHING, ...observed }, EMAIL);
}

describe('a user who is as known', () => {
  test('makes no change', () => {
    fc.assert(
      fc.property(userStates(), (state) => {
        expect(diffUser(toKnown(state), toSnapshot(state), state.email)).toEqual([]);
      }),
    );
  });

  test('makes no change when only the letter case of the status differs', () => {
    expect(diff({ ...NOBODY, email: EMAIL, status: 'Not Active' }, { status: 'NOT ACTIVE' })).toEqual([]);
  });

  test('makes no change when a group they hold a role through has been renamed', () => {
    // The name the run settled on is the known one by now.
    const known = {
      ...holdingAdmin({ direct: false, viaGroups: ['g-ops'] }),
      groups: [{ groupId: 'g-ops', name: 'Operations' }],
    };
    const role = adminRole({ viaGroupNames: ['Operations'], direct: false });
    expect(diff(known, { adminRoles: list(role) })).toEqual([]);
    expect(
      diff(known, {
        adminRoles: list(role),
        groups: list({ groupId: 'g-ops', groupName: 'Operations' }),
      }),
    ).toEqual([]);
  });
});

describe('the changes between two states', () => {
  test('lead from the one to the other', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const changes = diffUser(toKnown(before), toSnapshot(after), after.email);
        expect(inOrder(applyChanges(before, changes))).toEqual(inOrder(after));
      }),
    );
  });

  test('come in the same order whatever the order of the lists, each once', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const changes = diffUser(toKnown(before), toSnapshot(after), after.email);
        const reversed = diffUser(
          reverseKnown(toKnown(before)),
          reverseObserved(toSnapshot(after)),
          after.email,
        );
        expect(reversed).toEqual(changes);
        expect(new Set(changes.map((change) => JSON.stringify(change))).size).toBe(changes.length);
      }),
    );
  });

  test('are those of a removal and a restoration when somebody goes and comes back', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const gone = applyChanges(before, diffRemoved(toKnown(before)));
        expect(gone).toEqual({ ...before, grants: {}, groups: [], tasks: [] });

        const changes = diffRestored(toKnown(gone), toSnapshot(after), after.email);
        expect(changes[0]).toEqual({ kind: 'user_restored', firstObserved: false });
        expect(inOrder(applyChanges(gone, changes))).toEqual(inOrder(after));
      }),
    );
  });

  test('begin with the addition of somebody new, and tell everything about them', () => {
    fc.assert(
      fc.property(userStates(), (state) => {
        const changes = diffAdded(toSnapshot(state));
        expect(changes.map((change) => change.kind)).toEqual([
          'user_added',
          ...Object.keys(state.grants).map(() => 'role_granted'),
          ...state.groups.map(() => 'group_joined'),
          ...state.tasks.map(() => 'task_assigned'),
        ]);
        expect(inOrder(applyChanges(nobodyAt(state.email), changes))).toEqual(inOrder(state));
      }),
    );
  });
});

describe('I12: what was not observed', () => {
  const FIELDS: Readonly<Record<string, readonly UserChange['kind'][]>> = {
    firstName: ['name_changed'],
    lastName: ['name_changed'],
    status: ['status_changed'],
    canCreateBot: ['bot_creation_changed'],
    isDeveloper: ['developer_changed'],
    groups: ['group_joined', 'group_left'],
    tasks: ['task_assigned', 'task_unassigned'],
  };
  const ENDINGS: ReadonlySet<UserChange['kind']> = new Set(['role_revoked', 'group_left', 'task_unassigned']);

  test('is never changed, whatever else was', () => {
    const field = fc.constantFrom(...Object.keys(FIELDS));
    fc.assert(
      fc.property(userStates(), userStates(), field, (before, after, dropped) => {
        const observed = without(toSnapshot(after), dropped);
        const folded = applyChanges(before, diffUser(toKnown(before), observed, after.email));
        expect(folded).toHaveProperty(dropped, pick(before, dropped));
      }),
    );
  });

  test('is no change of role, where the list of roles is missing', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const observed = without(without(toSnapshot(after), 'botRoles'), 'adminRoles');
        const folded = applyChanges(before, diffUser(toKnown(before), observed, after.email));
        expect(inOrder(folded).grants).toEqual(inOrder(before).grants);
      }),
    );
  });

  test('is no change of source, where the roles do not name their groups', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const changes = diffUser(toKnown(before), withoutSources(toSnapshot(after)), after.email);
        expect(changes.filter((change) => change.kind === 'role_source_changed')).toEqual([]);
      }),
    );
  });

  test('ends nothing, where a list could be read in part only', () => {
    fc.assert(
      fc.property(userStates(), userStates(), (before, after) => {
        const changes = diffUser(toKnown(before), incomplete(toSnapshot(after)), after.email);
        expect(changes.filter((change) => ENDINGS.has(change.kind))).toEqual([]);
      }),
    );
  });

  test('ends nothing, where the item of a bot leaves out a kind of task', () => {
    const task = { botId: 'st-1', kind: 'alert' as const, taskId: 't-1' };
    const known = { ...NOBODY, email: EMAIL, tasks: [task] };
    expect(diff(known, { tasks: list({ botId: 'st-1', taskIds: { dialog: [] } }) })).toEqual([]);
    expect(diff(known, { tasks: list({ botId: 'st-1', taskIds: { alert: [] } }) })).toEqual([
      { kind: 'task_unassigned', task, firstObserved: false },
    ]);
    expect(diff(known, { tasks: list() })).toHaveLength(1);
  });

  test('leaves the other half of a name as it is known', () => {
    const known = { ...NOBODY, email: EMAIL, firstName: 'Jane', lastName: 'Doe' };
    expect(diff(known, { lastName: 'Roe' })).toEqual([
      {
        kind: 'name_changed',
        before: { firstName: 'Jane', lastName: 'Doe' },
        after: { firstName: 'Jane', lastName: 'Roe' },
        firstObserved: false,
      },
    ]);
  });
});

describe('what is observed for the first time', () => {
  test('is marked so, since it says nothing of when it came about', () => {
    const changes = diff(UNKNOWN, {
      firstName: 'Jane',
      status: 'active',
      isDeveloper: true,
      canCreateBot: false,
      adminRoles: list(adminRole()),
      botRoles: list({ roleId: 'r-1', botId: 'st-1', viaGroupNames: [], direct: true }),
      groups: list({ groupId: 'g-ops', groupName: 'Ops' }),
      tasks: list({ botId: 'st-1', taskIds: { dialog: ['t-1'] } }),
    });
    expect(changes.map((change) => change.kind)).toEqual([
      'name_changed',
      'status_changed',
      'developer_changed',
      'bot_creation_changed',
      'role_granted',
      'role_granted',
      'group_joined',
      'task_assigned',
    ]);
    expect(changes.every((change) => change.firstObserved)).toBe(true);
  });

  test('is not what was observed before and found empty', () => {
    const known = { ...UNKNOWN, seen: NOBODY.seen };
    expect(diff(known, { adminRoles: list(adminRole()) })).toMatchObject([{ firstObserved: false }]);
  });

  test('may be where a grant comes from', () => {
    const unsaid = { direct: null, viaGroups: null };
    expect(diff(holdingAdmin(unsaid), { adminRoles: list(adminRole()) })).toEqual([
      {
        kind: 'role_source_changed',
        grant: { scope: 'admin', roleId: 'r-admin', botId: null },
        before: unsaid,
        after: DIRECT,
        firstObserved: true,
      },
    ]);
  });

  test('is nothing when the second half of a name follows the first', () => {
    const known = { ...NOBODY, email: EMAIL, firstName: 'Jane' };
    expect(diff(known, { firstName: 'Jane', lastName: 'Doe' })).toMatchObject([{ firstObserved: true }]);
    expect(diff(known, { firstName: 'Janet', lastName: 'Doe' })).toMatchObject([{ firstObserved: false }]);
  });
});

describe('where a grant comes from', () => {
  test('is told by the ids of the groups, not by their names', () => {
    const observed = {
      adminRoles: list(adminRole({ viaGroupNames: ['Ops'], direct: false })),
      groups: list({ groupId: 'g-ops', groupName: 'Ops' }),
    };
    expect(diff(holdingAdmin(DIRECT), observed)).toMatchObject([
      { kind: 'role_source_changed', before: DIRECT, after: { direct: false, viaGroups: ['g-ops'] } },
    ]);
  });

  test('keeps the name of a group that no list of groups identifies', () => {
    const role = adminRole({ viaGroupNames: ['Board'], direct: false });
    expect(diff(holdingAdmin(DIRECT), { adminRoles: list(role) })).toMatchObject([
      { after: { direct: false, viaGroups: ['name:Board'] } },
    ]);
  });

  test('may be a group and directly, where the role is listed twice', () => {
    const role = adminRole({ viaGroupNames: ['Ops'], direct: true });
    expect(diff(holdingAdmin(DIRECT), { adminRoles: list(role) })).toMatchObject([
      { after: { direct: true, viaGroups: ['g-ops'] } },
    ]);
  });

  test('is resolved by the smaller id where two groups have one name', () => {
    const observed = {
      adminRoles: list(adminRole({ viaGroupNames: ['Ops'], direct: false })),
      groups: list({ groupId: 'g-ops', groupName: 'Ops' }, { groupId: 'g-aps', groupName: 'Ops' }),
    };
    expect(diff(holdingAdmin(DIRECT), observed)[0]).toMatchObject({ after: { viaGroups: ['g-aps'] } });
  });
});

test('a role id used on another bot is another grant', () => {
  const known = {
    ...NOBODY,
    email: EMAIL,
    grants: [{ scope: 'bot' as const, roleId: 'r-1', botId: 'st-1', sources: DIRECT }],
  };
  const role = { roleId: 'r-1', botId: 'st-2', viaGroupNames: [], direct: true };
  expect(diff(known, { botRoles: list(role) })).toMatchObject([
    { kind: 'role_granted', grant: { roleId: 'r-1', botId: 'st-2' } },
    { kind: 'role_revoked', grant: { roleId: 'r-1', botId: 'st-1' } },
  ]);
});

test('ids that run into each other when they are joined are told apart', () => {
  const known = {
    ...NOBODY,
    email: EMAIL,
    grants: [{ scope: 'bot' as const, roleId: 'r', botId: '1\n2', sources: DIRECT }],
  };
  const role = { roleId: 'r\n1', botId: '2', viaGroupNames: [], direct: true };
  expect(diff(known, { botRoles: partOf(role) })).toMatchObject([
    { kind: 'role_granted', grant: { roleId: 'r\n1', botId: '2' } },
  ]);
});

test('the address is the one the run settled on, not the one of the snapshot', () => {
  const observed = { ...SAID_NOTHING, email: 'other@example.com' };
  expect(diffUser(holdingAdmin(DIRECT), observed, EMAIL)).toEqual([]);
  expect(diffUser(holdingAdmin(DIRECT), observed, null)).toEqual([
    { kind: 'email_changed', before: EMAIL, after: null, firstObserved: false },
  ]);
});

/** The groups of a source stay in order: that is how they are known. */
function reverseKnown(known: KnownUser): KnownUser {
  return {
    ...known,
    grants: [...known.grants].reverse(),
    groups: [...known.groups].reverse(),
    tasks: [...known.tasks].reverse(),
  };
}

function reverseObserved({ botRoles, adminRoles, groups, tasks, ...rest }: Snapshot): Snapshot {
  const reverse = <T>(observed: ObservedList<T> | undefined) => [...(observed?.items ?? [])].reverse();
  const reverseRole = (role: ObservedRole) => ({
    ...role,
    viaGroupNames: [...(role.viaGroupNames ?? [])].reverse(),
  });
  return {
    ...rest,
    botRoles: list(...reverse(botRoles).map(reverseRole)),
    adminRoles: list(...reverse(adminRoles).map(reverseRole)),
    groups: list(...reverse(groups)),
    tasks: list(...reverse(tasks)),
  };
}

function without(snapshot: Snapshot, field: string): Snapshot {
  const { userId, email } = snapshot;
  return { userId, email, ...Object.fromEntries(Object.entries(snapshot).filter(([key]) => key !== field)) };
}

function pick(state: object, field: string): unknown {
  return Object.entries(state).find(([key]) => key === field)?.[1];
}

function withoutSources(snapshot: Snapshot): Snapshot {
  const strip = ({ roleId, botId }: ObservedRole) => ({ roleId, ...(botId !== undefined && { botId }) });
  return {
    ...snapshot,
    botRoles: list(...(snapshot.botRoles?.items ?? []).map(strip)),
    adminRoles: list(...(snapshot.adminRoles?.items ?? []).map(strip)),
  };
}

function incomplete({ botRoles, adminRoles, groups, tasks, ...rest }: Snapshot): Snapshot {
  return {
    ...rest,
    botRoles: partOf(...(botRoles?.items ?? [])),
    adminRoles: partOf(...(adminRoles?.items ?? [])),
    groups: partOf(...(groups?.items ?? [])),
    tasks: partOf(...(tasks?.items ?? [])),
  };
}

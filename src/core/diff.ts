import type { GrantKey, Sources, Task, UserChange, UserChangeBody } from './change.ts';
import { NOBODY, type KnownGroup, type KnownUser } from './known.ts';
import { TASK_KINDS, type ObservedList, type ObservedRole, type Snapshot } from './snapshot.ts';
import { compareText } from './text-order.ts';

/**
 * The differences between a known user and tonight's snapshot of them, in a total order that does not
 * depend on the order of the input.
 *
 * I12: only what was observed is compared, and only a complete list ends what it omits.
 * `email` is the address the run settled on; several entries may lead to one user.
 */
export function diffUser(known: KnownUser, observed: Snapshot, email: string | null): UserChange[] {
  const changes: UserChange[] = [];
  if (known.email !== email) {
    changes.push({
      kind: 'email_changed',
      before: known.email,
      after: email,
      firstObserved: known.email === null,
    });
  }
  changes.push(...diffAttributes(known, observed));
  const groups = groupsByName(known, observed);
  changes.push(...diffGrants(known, 'admin', observed.adminRoles, groups));
  changes.push(...diffGrants(known, 'bot', observed.botRoles, groups));
  changes.push(...diffGroups(known, observed), ...diffTasks(known, observed));
  return changes;
}

/** A person first seen: the addition with their attributes, and a row for each role, group and task. */
export function diffAdded(observed: Snapshot): UserChange[] {
  const groups = groupsByName(NOBODY, observed);
  const after = {
    firstName: observed.firstName ?? null,
    lastName: observed.lastName ?? null,
    status: observed.status ?? null,
    canCreateBot: observed.canCreateBot ?? null,
    isDeveloper: observed.isDeveloper ?? null,
  };
  return [
    { kind: 'user_added', after, firstObserved: false },
    ...diffGrants(NOBODY, 'admin', observed.adminRoles, groups),
    ...diffGrants(NOBODY, 'bot', observed.botRoles, groups),
    ...diffGroups(NOBODY, observed),
    ...diffTasks(NOBODY, observed),
  ];
}

/** A removed person who is back: the restoration, and a row for everything that came back or differs. */
export function diffRestored(known: KnownUser, observed: Snapshot, email: string | null): UserChange[] {
  return [{ kind: 'user_restored', firstObserved: false }, ...diffUser(known, observed, email)];
}

/** A person who is gone: the removal, and a row for each role, group and task that ended with it. */
export function diffRemoved(known: KnownUser): UserChange[] {
  const ended: UserChangeBody[] = [
    { kind: 'user_removed' },
    ...sortBy(known.grants, grantOrder).map((grant) => ({
      kind: 'role_revoked' as const,
      grant: keyOf(grant),
      before: grant.sources,
    })),
    ...sortBy(known.groups, (group) => group.groupId).map((group) => ({
      kind: 'group_left' as const,
      groupId: group.groupId,
    })),
    ...sortBy(known.tasks, taskOrder).map((task) => ({ kind: 'task_unassigned' as const, task })),
  ];
  return ended.map((change) => ({ ...change, firstObserved: false }));
}

function diffAttributes(known: KnownUser, observed: Snapshot): UserChange[] {
  const changes: UserChange[] = [];
  const before = { firstName: known.firstName, lastName: known.lastName };
  const after = {
    firstName: observed.firstName ?? known.firstName,
    lastName: observed.lastName ?? known.lastName,
  };
  if (before.firstName !== after.firstName || before.lastName !== after.lastName) {
    const movedFromKnown =
      (before.firstName !== null && before.firstName !== after.firstName) ||
      (before.lastName !== null && before.lastName !== after.lastName);
    changes.push({ kind: 'name_changed', before, after, firstObserved: !movedFromKnown });
  }
  if (observed.status !== undefined && observed.status.toLowerCase() !== known.status?.toLowerCase()) {
    changes.push({
      kind: 'status_changed',
      before: known.status,
      after: observed.status,
      firstObserved: known.status === null,
    });
  }
  const flags = [
    ['developer_changed', known.isDeveloper, observed.isDeveloper],
    ['bot_creation_changed', known.canCreateBot, observed.canCreateBot],
  ] as const;
  for (const [kind, was, is] of flags) {
    if (is !== undefined && is !== was)
      changes.push({ kind, before: was, after: is, firstObserved: was === null });
  }
  return changes;
}

function diffGrants(
  known: KnownUser,
  scope: 'admin' | 'bot',
  list: ObservedList<ObservedRole> | undefined,
  groups: ReadonlyMap<string, string>,
): UserChange[] {
  if (list === undefined) return [];
  const firstObserved = !(scope === 'admin' ? known.seen.adminRoles : known.seen.botRoles);
  const held = new Map(known.grants.filter((grant) => grant.scope === scope).map((g) => [grantOrder(g), g]));
  const seen = new Set<string>();
  const changes: UserChange[] = [];
  const items = list.items.map((role) => ({
    grant: grantOfRole(scope, role),
    after: sourcesOf(role, groups),
  }));
  for (const { grant, after } of sortBy(items, (item) => grantOrder(item.grant))) {
    const key = grantOrder(grant);
    seen.add(key);
    const before = held.get(key)?.sources;
    if (before === undefined) {
      changes.push({ kind: 'role_granted', grant, after, firstObserved });
    } else if (after.direct !== null && !sameSources(before, after)) {
      changes.push({
        kind: 'role_source_changed',
        grant,
        before,
        after,
        firstObserved: before.direct === null,
      });
    }
  }
  if (!list.complete) return changes;
  for (const [key, grant] of [...held].sort(([a], [b]) => compareText(a, b))) {
    if (!seen.has(key)) {
      changes.push({
        kind: 'role_revoked',
        grant: keyOf(grant),
        before: grant.sources,
        firstObserved: false,
      });
    }
  }
  return changes;
}

function diffGroups(known: KnownUser, observed: Snapshot): UserChange[] {
  if (observed.groups === undefined) return [];
  const before = new Set(known.groups.map((group) => group.groupId));
  const after = new Set(observed.groups.items.map((group) => group.groupId));
  const joined = [...after].filter((groupId) => !before.has(groupId)).sort(compareText);
  const left = observed.groups.complete
    ? [...before].filter((groupId) => !after.has(groupId)).sort(compareText)
    : [];
  return [
    ...joined.map((groupId) => ({
      kind: 'group_joined' as const,
      groupId,
      firstObserved: !known.seen.groups,
    })),
    ...left.map((groupId) => ({ kind: 'group_left' as const, groupId, firstObserved: false })),
  ];
}

function diffTasks(known: KnownUser, observed: Snapshot): UserChange[] {
  if (observed.tasks === undefined) return [];
  const before = new Map(known.tasks.map((task) => [taskOrder(task), task]));
  const after = new Map<string, Task>();
  /** Kinds of a bot that its item left out: I12, their tasks stand. */
  const unobserved = new Set<string>();
  for (const { botId, taskIds } of observed.tasks.items) {
    for (const kind of TASK_KINDS) {
      const ids = taskIds[kind];
      if (ids === undefined) unobserved.add(joinKey(botId, kind));
      for (const taskId of ids ?? []) {
        const task = { botId, kind, taskId };
        after.set(taskOrder(task), task);
      }
    }
  }
  const assigned = [...after.values()].filter((task) => !before.has(taskOrder(task)));
  const ended = observed.tasks.complete
    ? [...before.values()].filter(
        (task) => !after.has(taskOrder(task)) && !unobserved.has(joinKey(task.botId, task.kind)),
      )
    : [];
  return [
    ...sortBy(assigned, taskOrder).map((task) => ({
      kind: 'task_assigned' as const,
      task,
      firstObserved: !known.seen.tasks,
    })),
    ...sortBy(ended, taskOrder).map((task) => ({
      kind: 'task_unassigned' as const,
      task,
      firstObserved: false,
    })),
  ];
}

/**
 * Group ids by name, for the groups of one user. A role names the groups it comes through; keeping their
 * ids makes the renaming of a group no change of source. A name observed tonight goes before a known one;
 * where two groups share a name, the smaller id stands for both.
 */
function groupsByName(known: KnownUser, observed: Snapshot): Map<string, string> {
  const fromObserved = (observed.groups?.items ?? []).map(({ groupId, groupName }) => ({
    groupId,
    name: groupName ?? null,
  }));
  const fromKnown = observed.groups?.complete === true ? [] : known.groups;
  const byName = new Map<string, string>();
  for (const groups of [fromObserved, fromKnown]) {
    for (const { groupId, name } of sortBy<KnownGroup>(groups, (group) => group.groupId)) {
      if (name !== null && !byName.has(name)) byName.set(name, groupId);
    }
  }
  return byName;
}

function sourcesOf(role: ObservedRole, groups: ReadonlyMap<string, string>): Sources {
  if (role.viaGroupNames === undefined) return { direct: null, viaGroups: null };
  const ids = new Set(role.viaGroupNames.map((name) => groups.get(name) ?? `name:${name}`));
  return { direct: role.direct ?? ids.size === 0, viaGroups: [...ids].sort(compareText) };
}

function sameSources(a: Sources, b: Sources): boolean {
  return a.direct === b.direct && groupsKey(a) === groupsKey(b);
}

function groupsKey({ viaGroups }: Sources): string | null {
  return viaGroups === null ? null : joinKey(...viaGroups);
}

function grantOfRole(scope: 'admin' | 'bot', role: ObservedRole): GrantKey {
  return { scope, roleId: role.roleId, botId: role.botId ?? null };
}

function keyOf({ scope, roleId, botId }: GrantKey): GrantKey {
  return { scope, roleId, botId };
}

function grantOrder({ scope, roleId, botId }: GrantKey): string {
  return joinKey(scope, roleId, botId ?? '');
}

function taskOrder({ botId, kind, taskId }: Task): string {
  return joinKey(botId, kind, taskId);
}

/** PostgreSQL stores no NUL, so that no two ids run into each other. */
function joinKey(...parts: readonly string[]): string {
  return parts.join('\u0000');
}

function sortBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => compareText(key(a), key(b)));
}

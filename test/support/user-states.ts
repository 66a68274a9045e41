import fc from 'fast-check';
import type { Attributes, GrantKey, Sources, Task, UserChange } from '../../src/core/change.ts';
import { NOBODY, type KnownUser } from '../../src/core/known.ts';
import { TASK_KINDS, type ObservedRole, type Snapshot, type TaskKind } from '../../src/core/snapshot.ts';

/** Everything a directory can say of one user, as one value: neither what is known nor what is observed. */
export interface UserState extends Attributes {
  readonly email: string;
  /** By `describeGrant`. */
  readonly grants: Readonly<Record<string, Sources>>;
  readonly groups: readonly string[];
  /** By `describeTask`. */
  readonly tasks: readonly string[];
}

const GROUPS = ['g-1', 'g-2', 'g-3'];
const BOTS = ['st-1', 'st-2'];

/** Few ids, so that two states often share some. Groups are named after their ids, in capitals. */
export function userStates(): fc.Arbitrary<UserState> {
  const grantNames = [
    ...['r-1', 'r-2'].map((roleId) => describeGrant({ scope: 'admin', roleId, botId: null })),
    ...BOTS.flatMap((botId) =>
      ['r-1', 'r-3'].map((roleId) => describeGrant({ scope: 'bot', roleId, botId })),
    ),
  ];
  const taskNames = BOTS.flatMap((botId) =>
    TASK_KINDS.flatMap((kind) => ['t-1', 't-2'].map((taskId) => describeTask({ botId, kind, taskId }))),
  );
  return fc.subarray(GROUPS).chain((groups) => {
    const sources = fc.record({ direct: fc.boolean(), viaGroups: fc.subarray(groups) }).map(settleSources);
    return fc.record({
      email: fc.constantFrom('jane@example.com', 'j.doe@example.com'),
      firstName: fc.constantFrom('Jane', 'Janet', ''),
      lastName: fc.constantFrom('Doe', 'Roe'),
      status: fc.constantFrom('active', 'Suspended', 'Not Active'),
      canCreateBot: fc.boolean(),
      isDeveloper: fc.boolean(),
      grants: fc
        .subarray(grantNames)
        .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, sources])))),
      groups: fc.constant(groups),
      tasks: fc.subarray(taskNames),
    });
  });
}

/** A grant comes from somewhere: directly, where no group is named. */
function settleSources({ direct, viaGroups }: { direct: boolean; viaGroups: string[] }): Sources {
  return { direct: direct || viaGroups.length === 0, viaGroups };
}

export function toKnown(state: UserState): KnownUser {
  const { grants, groups, tasks, ...attributes } = state;
  return {
    ...NOBODY,
    ...attributes,
    grants: Object.entries(grants).map(([name, sources]) => ({ ...parseGrant(name), sources })),
    groups: groups.map((groupId) => ({ groupId, name: groupId.toUpperCase() })),
    tasks: tasks.map(parseTask),
  };
}

/** The state as a response that leaves nothing out. */
export function toSnapshot(state: UserState): Snapshot {
  const roles = Object.entries(state.grants).map(([name, sources]) => ({ ...parseGrant(name), sources }));
  const observe = (scope: GrantKey['scope']) =>
    complete(roles.filter((role) => role.scope === scope).map(toObservedRole));
  const { firstName, lastName, status, canCreateBot, isDeveloper } = state;
  return {
    userId: 'u-1',
    email: state.email,
    ...(firstName !== null && { firstName }),
    ...(lastName !== null && { lastName }),
    ...(status !== null && { status }),
    ...(canCreateBot !== null && { canCreateBot }),
    ...(isDeveloper !== null && { isDeveloper }),
    botRoles: observe('bot'),
    adminRoles: observe('admin'),
    groups: complete(state.groups.map((groupId) => ({ groupId, groupName: groupId.toUpperCase() }))),
    tasks: complete(
      BOTS.map((botId) => ({
        botId,
        taskIds: Object.fromEntries(TASK_KINDS.map((kind) => [kind, taskIdsOf(state, botId, kind)])),
      })),
    ),
  };
}

function toObservedRole({ roleId, botId, sources }: GrantKey & { sources: Sources }): ObservedRole {
  return {
    roleId,
    ...(botId !== null && { botId }),
    viaGroupNames: (sources.viaGroups ?? []).map((groupId) => groupId.toUpperCase()),
    direct: sources.direct ?? false,
  };
}

function taskIdsOf(state: UserState, botId: string, kind: TaskKind): string[] {
  return state.tasks
    .map(parseTask)
    .filter((task) => task.botId === botId && task.kind === kind)
    .map((task) => task.taskId);
}

function complete<T>(items: readonly T[]): { items: readonly T[]; complete: boolean } {
  return { items, complete: true };
}

const EMPTY: UserState = {
  email: '',
  firstName: null,
  lastName: null,
  status: null,
  canCreateBot: null,
  isDeveloper: null,
  grants: {},
  groups: [],
  tasks: [],
};

/** Nobody, who is about to be added under an address. */
export function nobodyAt(email: string): UserState {
  return { ...EMPTY, email };
}

/**
 * Folds changes over a state (I4), written without a look at the diff. Throws where a change does not
 * follow from the state it is applied to.
 */
export function applyChanges(state: UserState, changes: readonly UserChange[]): UserState {
  let folded: Attributes & { email: string } = state;
  const grants = new Map(Object.entries(state.grants));
  const groups = new Set(state.groups);
  const tasks = new Set(state.tasks);
  for (const change of changes) {
    switch (change.kind) {
      case 'user_added':
        folded = { ...folded, ...change.after };
        break;
      case 'user_removed':
      case 'user_restored':
        break;
      case 'email_changed':
        folded = { ...folded, email: expectBefore(change, folded.email) ?? '' };
        break;
      case 'name_changed':
        expectSame(change.before, { firstName: folded.firstName, lastName: folded.lastName });
        folded = { ...folded, ...change.after };
        break;
      case 'status_changed':
        folded = { ...folded, status: expectBefore(change, folded.status) };
        break;
      case 'developer_changed':
        folded = { ...folded, isDeveloper: expectBefore(change, folded.isDeveloper) };
        break;
      case 'bot_creation_changed':
        folded = { ...folded, canCreateBot: expectBefore(change, folded.canCreateBot) };
        break;
      case 'role_granted':
        expectSame(grants.has(describeGrant(change.grant)), false);
        grants.set(describeGrant(change.grant), change.after);
        break;
      case 'role_source_changed':
        expectSame(grants.get(describeGrant(change.grant)), change.before);
        grants.set(describeGrant(change.grant), change.after);
        break;
      case 'role_revoked':
        expectSame(grants.get(describeGrant(change.grant)), change.before);
        grants.delete(describeGrant(change.grant));
        break;
      case 'group_joined':
        expectSame(groups.has(change.groupId), false);
        groups.add(change.groupId);
        break;
      case 'group_left':
        expectSame(groups.delete(change.groupId), true);
        break;
      case 'task_assigned':
        expectSame(tasks.has(describeTask(change.task)), false);
        tasks.add(describeTask(change.task));
        break;
      case 'task_unassigned':
        expectSame(tasks.delete(describeTask(change.task)), true);
    }
  }
  return { ...folded, grants: Object.fromEntries(grants), groups: [...groups], tasks: [...tasks] };
}

/** Two states that say the same, whatever the order they say it in. */
export function inOrder(state: UserState): UserState {
  return {
    ...state,
    grants: Object.fromEntries(Object.entries(state.grants).sort(([a], [b]) => (a < b ? -1 : 1))),
    groups: [...state.groups].sort(),
    tasks: [...state.tasks].sort(),
  };
}

export function describeGrant({ scope, roleId, botId }: GrantKey): string {
  return [scope, roleId, botId ?? ''].join(' ');
}

export function describeTask({ botId, kind, taskId }: Task): string {
  return [botId, kind, taskId].join(' ');
}

function parseGrant(name: string): GrantKey {
  const [scope, roleId = '', botId = ''] = name.split(' ');
  return { scope: scope === 'admin' ? 'admin' : 'bot', roleId, botId: botId === '' ? null : botId };
}

function parseTask(name: string): Task {
  const [botId = '', kind = '', taskId = ''] = name.split(' ');
  const known = TASK_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) throw new Error(`'${kind}' is no kind of task`);
  return { botId, kind: known, taskId };
}

function expectBefore<T>(change: { readonly before: T; readonly after: T }, held: T): T {
  expectSame(change.before, held);
  return change.after;
}

function expectSame(said: unknown, held: unknown): void {
  const [left, right] = [JSON.stringify(said), JSON.stringify(held)];
  if (left !== right) throw new Error(`a change says it was ${left}, but it was ${right}`);
}

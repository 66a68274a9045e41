import { TASK_KINDS } from './snapshot.ts';
import type {
  ObservedGroup,
  ObservedList,
  ObservedRole,
  ObservedTasks,
  Snapshot,
  TaskKind,
} from './snapshot.ts';
import { compareText } from './text-order.ts';

/** Part of every hash: raising it makes everybody's snapshot be stored again, but never a change of theirs. */
const CANONICAL_VERSION = 1;

/**
 * The same user in canonical form: lists sorted and without duplicates, sources of a role that is listed
 * twice united. Idempotent; does not depend on the order of the input; returns lists that are already in
 * order as they are.
 */
export function normalizeSnapshot(snapshot: Snapshot): Snapshot {
  const user: { -readonly [Field in keyof Snapshot]: Snapshot[Field] } = { ...snapshot };
  if (user.botRoles !== undefined) user.botRoles = normalizeList(user.botRoles, ROLES);
  if (user.adminRoles !== undefined) user.adminRoles = normalizeList(user.adminRoles, ROLES);
  if (user.groups !== undefined) user.groups = normalizeList(user.groups, GROUPS);
  if (user.tasks !== undefined) user.tasks = normalizeList(user.tasks, TASKS);
  return user;
}

/**
 * The text that is hashed to tell whether a user is as they were known.
 *
 * Leaves out what identifies the user (id, address) and the last login. Whatever is not observed differs from whatever
 * is empty (I12). Status is in lower case, since it is compared so.
 */
export function canonicalForm(snapshot: Snapshot): string {
  const user = normalizeSnapshot(snapshot);
  const fields = [
    user.firstName ?? null,
    user.lastName ?? null,
    user.status?.toLowerCase() ?? null,
    user.canCreateBot ?? null,
    user.isDeveloper ?? null,
    listForm(user.botRoles, roleForm),
    listForm(user.adminRoles, roleForm),
    listForm(user.groups, (group) => [group.groupId, group.groupName ?? null]),
    listForm(user.tasks, tasksForm),
    user.extra === undefined ? null : stableText(user.extra),
  ];
  return `${CANONICAL_VERSION}:${JSON.stringify(fields)}`;
}

function listForm<T>(list: ObservedList<T> | undefined, itemForm: (item: T) => unknown): unknown {
  return list === undefined ? null : [list.complete, list.items.map(itemForm)];
}

function roleForm(role: ObservedRole): unknown {
  return [
    role.roleId,
    role.roleName ?? null,
    role.botId ?? null,
    role.botName ?? null,
    role.viaGroupNames ?? null,
    role.direct ?? null,
  ];
}

function tasksForm(tasks: ObservedTasks): unknown {
  return [tasks.botId, ...TASK_KINDS.map((kind) => tasks.taskIds[kind] ?? null)];
}

/**
 * JSON in which neither the order of keys nor that of lists matters: of a field that nobody documents, an
 * order that varies from night to night is likelier than one that means something.
 */
function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).sort(compareText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${stableText(inner)}`);
  return `{${pairs.sort(compareText).join()}}`;
}

interface ItemRules<T> {
  readonly compare: (a: T, b: T) => number;
  readonly normalize: (item: T) => T;
  /** Of two items that compare equal; associative and commutative, or order would show. */
  readonly unite: (a: T, b: T) => T;
}

const ROLES: ItemRules<ObservedRole> = {
  compare: (a, b) => compareText(a.roleId, b.roleId) || compareText(a.botId ?? '', b.botId ?? ''),
  normalize: (role) =>
    role.viaGroupNames === undefined || isSorted(role.viaGroupNames, compareText)
      ? role
      : { ...role, viaGroupNames: uniqueSorted(role.viaGroupNames) },
  unite: uniteRoles,
};

const GROUPS: ItemRules<ObservedGroup> = {
  compare: (a, b) => compareText(a.groupId, b.groupId),
  normalize: (group) => group,
  unite: uniteGroups,
};

const TASKS: ItemRules<ObservedTasks> = {
  compare: (a, b) => compareText(a.botId, b.botId),
  normalize: (tasks) =>
    TASK_KINDS.every((kind) => isSorted(tasks.taskIds[kind] ?? [], compareText))
      ? tasks
      : uniteTasks(tasks, tasks),
  unite: uniteTasks,
};

function normalizeList<T>(list: ObservedList<T>, rules: ItemRules<T>): ObservedList<T> {
  const { complete } = list;
  const isNormal = list.items.every((item) => rules.normalize(item) === item);
  if (isNormal && isSorted(list.items, rules.compare)) return list;
  const united: T[] = [];
  for (const item of list.items.map(rules.normalize).sort(rules.compare)) {
    const last = united.at(-1);
    if (last !== undefined && rules.compare(last, item) === 0) {
      united[united.length - 1] = rules.unite(last, item);
    } else {
      united.push(item);
    }
  }
  return { items: united, complete };
}

function uniteRoles(a: ObservedRole, b: ObservedRole): ObservedRole {
  const [roleName, botName] = [smaller(a.roleName, b.roleName), smaller(a.botName, b.botName)];
  return {
    roleId: a.roleId,
    ...(roleName !== undefined && { roleName }),
    ...(a.botId !== undefined && { botId: a.botId }),
    ...(botName !== undefined && { botName }),
    ...uniteSources(a, b),
  };
}

/** Where one listing does not say, the sources as a whole are not observed (I12): the other may be only a part of them. */
function uniteSources(a: ObservedRole, b: ObservedRole): Pick<ObservedRole, 'viaGroupNames' | 'direct'> {
  if (a.viaGroupNames === undefined || b.viaGroupNames === undefined) return {};
  return {
    viaGroupNames: uniqueSorted([...a.viaGroupNames, ...b.viaGroupNames]),
    direct: isDirect(a) || isDirect(b),
  };
}

function isDirect(role: ObservedRole): boolean {
  return role.direct ?? role.viaGroupNames?.length === 0;
}

function uniteGroups(a: ObservedGroup, b: ObservedGroup): ObservedGroup {
  const groupName = smaller(a.groupName, b.groupName);
  return { groupId: a.groupId, ...(groupName !== undefined && { groupName }) };
}

function uniteTasks(a: ObservedTasks, b: ObservedTasks): ObservedTasks {
  const taskIds: Partial<Record<TaskKind, readonly string[]>> = {};
  for (const kind of TASK_KINDS) {
    const [left, right] = [a.taskIds[kind], b.taskIds[kind]];
    if (left !== undefined || right !== undefined) {
      taskIds[kind] = uniqueSorted([...(left ?? []), ...(right ?? [])]);
    }
  }
  return { botId: a.botId, taskIds };
}

/** Strictly, so that a list with duplicates is not sorted. */
function isSorted<T>(items: readonly T[], compare: (a: T, b: T) => number): boolean {
  for (let index = 1; index < items.length; index++) {
    const [before, item] = [items[index - 1], items[index]];
    if (before === undefined || item === undefined || compare(before, item) >= 0) return false;
  }
  return true;
}

function uniqueSorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** Two spellings in one response: which one does not matter, as long as it is always the same. */
function smaller(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

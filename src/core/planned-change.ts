import type { Attributes, ChangeKind, PersonName, Scope, Sources, UserChange } from './change.ts';
import type { TaskKind } from './snapshot.ts';
import { unseenSince, type Unobserved } from './unobserved.ts';

/** Bare JSON, as the public contract has it. */
type Json = string | boolean | null;

/**
 * A change in the form in which it is stored. Names of roles, bots and groups, and `before` and `after`
 * of a grant, are filled in by the store, which knows tonight's names.
 */
export interface PlannedChange {
  readonly kind: ChangeKind;
  readonly userId: string | null;
  readonly email: string | null;
  readonly notBefore: string | null;
  readonly scope: Scope | null;
  readonly roleId: string | null;
  readonly botId: string | null;
  readonly groupId: string | null;
  readonly taskKind: TaskKind | null;
  readonly taskId: string | null;
  readonly before: Json;
  readonly after: Json;
  /** I4: what folding the change needs beyond the public columns. */
  readonly detail: { readonly before?: Detail; readonly after?: Detail } | null;
}

type Detail = Sources | PersonName | Attributes;

export interface ChangedUser {
  readonly userId: string;
  /** That night's. */
  readonly email: string | null;
  readonly notBefore: string | null;
  /** Parts of the earlier state that the last answer did not show. */
  readonly unobserved: Unobserved;
}

const NOTHING = {
  scope: null,
  roleId: null,
  botId: null,
  groupId: null,
  taskKind: null,
  taskId: null,
  before: null,
  after: null,
  detail: null,
} as const;

export function toPlannedChange(user: ChangedUser, change: UserChange): PlannedChange {
  const { kind } = change;
  const common = {
    ...NOTHING,
    kind,
    userId: user.userId,
    email: user.email,
    notBefore: notBeforeOf(user, change),
  };
  switch (change.kind) {
    case 'user_added':
      return { ...common, detail: { after: change.after } };
    case 'user_removed':
    case 'user_restored':
      return common;
    case 'email_changed':
    case 'status_changed':
    case 'developer_changed':
    case 'bot_creation_changed':
      return { ...common, before: change.before, after: change.after };
    case 'name_changed':
      return {
        ...common,
        before: fullName(change.before),
        after: fullName(change.after),
        detail: { before: change.before, after: change.after },
      };
    case 'role_granted':
      return { ...common, ...change.grant, detail: { after: change.after } };
    case 'role_revoked':
      return { ...common, ...change.grant, detail: { before: change.before } };
    case 'role_source_changed':
      return { ...common, ...change.grant, detail: { before: change.before, after: change.after } };
    case 'group_joined':
    case 'group_left':
      return { ...common, groupId: change.groupId };
    case 'task_assigned':
    case 'task_unassigned':
      return { ...common, botId: change.task.botId, taskKind: change.task.kind, taskId: change.task.taskId };
  }
}

function notBeforeOf(user: ChangedUser, change: UserChange): string | null {
  if (change.firstObserved) return null;
  const unseen = unseenSince(user.unobserved, change);
  return unseen === undefined ? user.notBefore : unseen;
}

export interface Rename {
  readonly thing: 'role' | 'bot' | 'group';
  readonly key: string;
  /** Of a role; empty otherwise. */
  readonly scope: string;
  readonly before: string | null;
  readonly after: string;
  /** Null for a name seen for the first time, which says nothing of when it was given. */
  readonly notBefore: string | null;
}

/** One row without a user. */
export function toRename(rename: Rename): PlannedChange {
  const common = {
    ...NOTHING,
    userId: null,
    email: null,
    notBefore: rename.notBefore,
    before: rename.before,
    after: rename.after,
  };
  switch (rename.thing) {
    case 'role':
      return {
        ...common,
        kind: 'role_renamed',
        scope: rename.scope === 'admin' ? 'admin' : 'bot',
        roleId: rename.key,
      };
    case 'bot':
      return { ...common, kind: 'bot_renamed', botId: rename.key };
    case 'group':
      return { ...common, kind: 'group_renamed', groupId: rename.key };
  }
}

function fullName({ firstName, lastName }: PersonName): string | null {
  if (firstName === null && lastName === null) return null;
  return [firstName, lastName].filter((part) => part !== null && part !== '').join(' ');
}

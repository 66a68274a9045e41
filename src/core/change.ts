import type { TaskKind } from './snapshot.ts';

export const CHANGE_KINDS = [
  'user_added',
  'user_removed',
  'user_restored',
  'email_changed',
  'name_changed',
  'status_changed',
  'developer_changed',
  'bot_creation_changed',
  'role_granted',
  'role_revoked',
  'role_source_changed',
  'group_joined',
  'group_left',
  'task_assigned',
  'task_unassigned',
  'role_renamed',
  'group_renamed',
  'bot_renamed',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export type Scope = 'bot' | 'admin';

/** Where a grant comes from. Both null where the platform never said. */
export interface Sources {
  readonly direct: boolean | null;
  /** Group ids, sorted; `name:` and the name for a group that no list of groups identifies. */
  readonly viaGroups: readonly string[] | null;
}

/** A grant's identity for one user. Admin roles have no bot. */
export interface GrantKey {
  readonly scope: Scope;
  readonly roleId: string;
  readonly botId: string | null;
}

export interface Task {
  readonly botId: string;
  readonly kind: TaskKind;
  readonly taskId: string;
}

export interface PersonName {
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** What is known of a person beside their address and access. Null where the platform never said. */
export interface Attributes extends PersonName {
  readonly status: string | null;
  readonly canCreateBot: boolean | null;
  readonly isDeveloper: boolean | null;
}

/** What changed about one user, by the kinds of the public contract. */
export type UserChangeBody =
  | { readonly kind: 'user_added'; readonly after: Attributes }
  | { readonly kind: 'user_removed' | 'user_restored' }
  | { readonly kind: 'email_changed'; readonly before: string | null; readonly after: string | null }
  | { readonly kind: 'name_changed'; readonly before: PersonName; readonly after: PersonName }
  | { readonly kind: 'status_changed'; readonly before: string | null; readonly after: string }
  | {
      readonly kind: 'developer_changed' | 'bot_creation_changed';
      readonly before: boolean | null;
      readonly after: boolean;
    }
  | { readonly kind: 'role_granted'; readonly grant: GrantKey; readonly after: Sources }
  | { readonly kind: 'role_revoked'; readonly grant: GrantKey; readonly before: Sources }
  | {
      readonly kind: 'role_source_changed';
      readonly grant: GrantKey;
      readonly before: Sources;
      readonly after: Sources;
    }
  | { readonly kind: 'group_joined' | 'group_left'; readonly groupId: string }
  | { readonly kind: 'task_assigned' | 'task_unassigned'; readonly task: Task };

/** `firstObserved`: nobody had looked before, so the change says nothing of when it happened. */
export type UserChange = UserChangeBody & { readonly firstObserved: boolean };

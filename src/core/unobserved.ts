import type { UserChange } from './change.ts';

/** What an answer may leave out. Only a whole list counts as shown, and `sources` only where every role says them. */
export const PARTS = [
  'name',
  'status',
  'canCreateBot',
  'isDeveloper',
  'adminRoles',
  'botRoles',
  'sources',
  'groups',
  'tasks',
] as const;
export type Part = (typeof PARTS)[number];

/**
 * The parts of a known state that the last answer did not show, each with the opening of the last run that did
 * (ISO 8601 with microseconds; null where nobody had looked).
 */
export type Unobserved = Readonly<Partial<Record<Part, string | null>>>;

/**
 * Since when nobody has seen what a change is about; `undefined` where the last answer showed it. A run that could
 * not see a part cannot say that it was unchanged, so the change may be older than that run.
 */
export function unseenSince(unobserved: Unobserved, change: UserChange): string | null | undefined {
  const part = partOf(change);
  return part === null ? undefined : unobserved[part];
}

/** Null for what every answer shows. */
function partOf(change: UserChange): Part | null {
  switch (change.kind) {
    case 'user_added':
    case 'user_removed':
    case 'user_restored':
    case 'email_changed':
      return null;
    case 'name_changed':
      return 'name';
    case 'status_changed':
      return 'status';
    case 'developer_changed':
      return 'isDeveloper';
    case 'bot_creation_changed':
      return 'canCreateBot';
    case 'role_granted':
    case 'role_revoked':
      return change.grant.scope === 'admin' ? 'adminRoles' : 'botRoles';
    case 'role_source_changed':
      return 'sources';
    case 'group_joined':
    case 'group_left':
      return 'groups';
    case 'task_assigned':
    case 'task_unassigned':
      return 'tasks';
  }
}

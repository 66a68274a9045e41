/**
 * What a tenant consists of. Read-only views: a tenant changes through its own methods, which keep its
 * indexes and its cached text right.
 */

export type RoleScope = 'bot' | 'admin';

export interface Bot {
  readonly id: string;
  readonly name: string;
}

export interface Role {
  readonly id: string;
  readonly scope: RoleScope;
  readonly name: string;
}

/** A role on a bot, or an admin role (`bot` null). There is one object for each pair, so identity is equality. */
export interface Grant {
  readonly role: Role;
  readonly bot: Bot | null;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  /** What every member holds through the group. */
  readonly grants: readonly Grant[];
}

export const TASK_KINDS = ['dialog', 'action', 'alert', 'knowledge'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

export interface Task {
  readonly bot: Bot;
  readonly kind: TaskKind;
  readonly id: string;
}

export interface Person {
  /** Place in the tenant's list; moves when others leave. */
  readonly index: number;
  readonly userId: string;
  readonly orgUserId: string | null;
  /** As the platform spells it; two people never differ in letter case alone. */
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly status: string;
  readonly isDeveloper: boolean;
  readonly canCreateBot: boolean;
  /** Milliseconds since 1970; null where the person never logged in. */
  readonly lastLogin: number | null;
  /** The line of the roster that names this person; null where the roster leaves them out. */
  readonly rosterEntry: string | null;
  /** Held directly. */
  readonly grants: readonly Grant[];
  readonly groups: readonly Group[];
  readonly tasks: readonly Task[];
}

/** A grant as one person holds it. */
export interface HeldGrant {
  readonly grant: Grant;
  readonly direct: boolean;
  readonly via: readonly Group[];
}

/** Everything the person holds, directly or through groups, each grant once. */
export function listHeldGrants(person: Person): readonly HeldGrant[] {
  const held: { grant: Grant; direct: boolean; via: readonly Group[] }[] = [];
  for (const grant of person.grants) held.push({ grant, direct: true, via: NO_GROUPS });
  for (const group of person.groups) {
    for (const grant of group.grants) {
      const known = held.find((item) => item.grant === grant);
      if (known === undefined) held.push({ grant, direct: false, via: [group] });
      else known.via = [...known.via, group];
    }
  }
  return held;
}

const NO_GROUPS: readonly Group[] = [];

export function isSameTask(one: Task, other: Task): boolean {
  return one.bot === other.bot && one.kind === other.kind && one.id === other.id;
}

import type { GrantKey, Sources, Task } from './change.ts';

export interface KnownGroup {
  readonly groupId: string;
  /** The name the run settled on, else the known one. */
  readonly name: string | null;
}

/** One user as the database holds them. A null attribute was never observed. */
export interface KnownUser {
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly status: string | null;
  readonly canCreateBot: boolean | null;
  readonly isDeveloper: boolean | null;
  readonly grants: readonly (GrantKey & { readonly sources: Sources })[];
  readonly groups: readonly KnownGroup[];
  readonly tasks: readonly Task[];
  /** Which lists were ever observed: a first observation says nothing about when. */
  readonly seen: SeenLists;
}

export interface SeenLists {
  readonly botRoles: boolean;
  readonly adminRoles: boolean;
  readonly groups: boolean;
  readonly tasks: boolean;
}

/** Nobody: what a person first seen today is compared with. */
export const NOBODY: KnownUser = {
  email: null,
  firstName: null,
  lastName: null,
  status: null,
  canCreateBot: null,
  isDeveloper: null,
  grants: [],
  groups: [],
  tasks: [],
  seen: { botRoles: true, adminRoles: true, groups: true, tasks: true },
};

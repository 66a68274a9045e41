/**
 * One user as observed in one response.
 *
 * I12: a property that is absent was *not observed*, which is different from an empty one. What was
 * not observed changes nothing; the known value stands.
 */
export interface Snapshot {
  /** Kore.ai's user id: the key of a person. */
  readonly userId: string;
  /** Trimmed and in lower case. */
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** As spelled by Kore.ai; compared without regard to case. */
  readonly status?: string;
  readonly canCreateBot?: boolean;
  readonly isDeveloper?: boolean;
  /** ISO 8601 in UTC. Outside the canonical form: it moves every night for many. */
  readonly lastLogin?: string;
  readonly botRoles?: ObservedList<ObservedRole>;
  readonly adminRoles?: ObservedList<ObservedRole>;
  readonly groups?: ObservedList<ObservedGroup>;
  readonly tasks?: ObservedList<ObservedTasks>;
  /** Fields of the response that this version does not know, kept as they came. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * A list that was present in a response. Only a complete one ends what it omits (I12): where an item
 * could not be read, the list may add but not take away.
 */
export interface ObservedList<T> {
  readonly items: readonly T[];
  readonly complete: boolean;
}

/** A role on a bot (`botId` present) or on the account (`botId` absent). */
export interface ObservedRole {
  readonly roleId: string;
  readonly roleName?: string;
  readonly botId?: string;
  readonly botName?: string;
  /**
   * *Names* of the groups the role comes through; an empty list means held directly. Absent where the
   * edition of the API does not say. A role listed twice has its sources united, see `direct`.
   */
  readonly viaGroupNames?: readonly string[];
  /** Present together with `viaGroupNames`. */
  readonly direct?: boolean;
}

export interface ObservedGroup {
  readonly groupId: string;
  readonly groupName?: string;
}

export const TASK_KINDS = ['dialog', 'action', 'alert', 'knowledge'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** The tasks of one bot. A kind that is absent was not observed for that bot. */
export interface ObservedTasks {
  readonly botId: string;
  readonly taskIds: Readonly<Partial<Record<TaskKind, readonly string[]>>>;
}

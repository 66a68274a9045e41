import type { ChangeKind, Scope } from './change.ts';
import type { TaskKind } from './snapshot.ts';

/** A change as a person reads it, of a plan or published: with names beside the ids. What it does not concern is null. */
export interface ReadableChange {
  readonly kind: ChangeKind;
  readonly userId: string | null;
  readonly email: string | null;
  readonly scope: Scope | null;
  readonly roleId: string | null;
  readonly roleName: string | null;
  readonly botId: string | null;
  readonly botName: string | null;
  readonly groupId: string | null;
  readonly groupName: string | null;
  readonly taskKind: TaskKind | null;
  readonly taskId: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

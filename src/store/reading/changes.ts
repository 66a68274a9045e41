import type { ChangeKind } from '../../core/change.ts';
import { HELD_COLUMNS, type HeldThing } from './held-thing.ts';
import type { RoleRef } from './roles.ts';
import type { Snapshot } from './snapshot.ts';

/** What changed: the columns that `directory.changes` and `directory.changes_between` share. */
export interface NetChange extends HeldThing {
  readonly kind: ChangeKind;
  readonly user_id: string | null;
  readonly email: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** A row of `directory.changes`. */
export interface PublishedChange extends NetChange {
  readonly change_id: number;
  readonly run_id: number;
  readonly as_of: string;
  /** Null: nobody had looked before. */
  readonly not_before: string | null;
}

export const NET_COLUMNS = [
  'kind',
  'user_id',
  'email',
  ...HELD_COLUMNS,
  'before',
  'after',
] as const satisfies readonly (keyof NetChange)[];

export const CHANGE_COLUMNS = [
  'change_id',
  'run_id',
  'as_of',
  'not_before',
  ...NET_COLUMNS,
] as const satisfies readonly (keyof PublishedChange)[];

/** Which changes are wanted; null and false: all. */
export interface ChangeFilter {
  readonly kinds: readonly ChangeKind[] | null;
  readonly roles: readonly RoleRef[] | null;
  readonly userIds: readonly string[] | null;
  readonly adminOnly: boolean;
}

/** What one run published, in the order of publication. */
export function streamChangesOfRun(
  snapshot: Snapshot,
  runId: number,
  filter: ChangeFilter,
): AsyncGenerator<PublishedChange> {
  const values: unknown[] = [runId];
  return snapshot.stream<PublishedChange>(
    `SELECT ${CHANGE_COLUMNS.join(', ')} FROM directory.changes c
      WHERE c.run_id = $1${toConditions(filter, values)} ORDER BY c.change_id`,
    values,
  );
}

/** What is different on one night from an earlier one; what came and went in between is left out. */
export function streamNetChanges(
  snapshot: Snapshot,
  nights: { readonly from: string; readonly to: string },
  filter: ChangeFilter,
): AsyncGenerator<NetChange> {
  const values: unknown[] = [nights.from, nights.to];
  return snapshot.stream<NetChange>(
    `SELECT ${NET_COLUMNS.join(', ')} FROM directory.changes_between($1::timestamptz, $2::timestamptz) c
      WHERE true${toConditions(filter, values)}
      ORDER BY c.email, c.user_id, c.kind, c.scope, c.role_id, c.bot_id, c.group_id, c.task_kind, c.task_id`,
    values,
  );
}

/** Only the conditions that are needed: each that is there may be the one with an index. */
function toConditions({ kinds, roles, userIds, adminOnly }: ChangeFilter, values: unknown[]): string {
  const conditions: string[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  if (kinds !== null) conditions.push(`c.kind = ANY (${parameter(kinds)}::text[])`);
  if (userIds !== null) conditions.push(`c.user_id = ANY (${parameter(userIds)}::text[])`);
  if (adminOnly) conditions.push(`c.scope = 'admin'`);
  if (roles !== null) {
    const scopes = parameter(roles.map(({ scope }) => scope));
    const ids = parameter(roles.map((role) => role.role_id));
    conditions.push(`(c.scope, c.role_id) IN (SELECT * FROM unnest(${scopes}::text[], ${ids}::text[]))`);
  }
  return conditions.map((condition) => ` AND ${condition}`).join('');
}

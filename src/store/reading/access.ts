import { confirmedAt, coversNight } from './confirmation.ts';
import { HELD_COLUMNS, type HeldThing } from './held-thing.ts';
import type { RoleRef } from './roles.ts';
import type { Snapshot } from './snapshot.ts';

/** What one person could do on a night: a role, a group or a task. */
export interface AccessRow extends HeldThing {
  readonly type: 'role' | 'group' | 'task';
  readonly user_id: string;
  readonly email: string | null;
  readonly direct: boolean | null;
  readonly via_groups: readonly string[] | null;
  readonly valid_from: string;
}

export const ACCESS_COLUMNS = [
  'type',
  'user_id',
  'email',
  ...HELD_COLUMNS,
  'direct',
  'via_groups',
  'valid_from',
] as const satisfies readonly (keyof AccessRow)[];

/** SQL: everything one person, `$1`, had on the night with that `as_of`, `$2`. */
export const ACCESS_OF_PERSON = `
  SELECT 'role' AS type, g.user_id, g.email, g.scope, g.role_id, g.role_name, g.bot_id, g.bot_name,
         NULL::text AS group_id, NULL::text AS group_name, NULL::text AS task_kind, NULL::text AS task_id,
         g.direct, g.via_groups, g.valid_from
    FROM directory.role_grants_as_of($2::timestamptz) g WHERE g.user_id = $1
  UNION ALL
  SELECT 'group', m.user_id, m.email, NULL, NULL, NULL, NULL, NULL, m.group_id, m.group_name, NULL, NULL, NULL, NULL, m.valid_from
    FROM directory.group_memberships_as_of($2::timestamptz) m WHERE m.user_id = $1
  UNION ALL
  SELECT 'task', t.user_id, t.email, NULL, NULL, NULL, t.bot_id, b.bot_name, NULL, NULL, t.task_kind, t.task_id, NULL, NULL, t.valid_from
    FROM directory.task_assignments_as_of($2::timestamptz) t
    LEFT JOIN directory.bot_names b ON b.bot_id = t.bot_id AND ${coversNight('b', '$2')}
   WHERE t.user_id = $1`;

/** Roles first, those on the account before those on bots; then groups, then tasks. */
export function streamAccess(snapshot: Snapshot, userId: string, asOf: string): AsyncGenerator<AccessRow> {
  return snapshot.stream<AccessRow>(
    `SELECT * FROM (${ACCESS_OF_PERSON}) a
      ORDER BY type = 'task', type = 'group', scope, bot_name, bot_id, role_name, role_id, group_name, group_id, task_kind, task_id`,
    [userId, asOf],
  );
}

/** One grant of a role on a night, and how certain it is. */
export interface HolderRow {
  readonly user_id: string;
  readonly email: string | null;
  readonly scope: 'bot' | 'admin';
  readonly role_id: string;
  readonly role_name: string | null;
  readonly bot_id: string | null;
  readonly bot_name: string | null;
  readonly direct: boolean | null;
  readonly via_groups: readonly string[] | null;
  readonly valid_from: string;
  readonly confirmed_at: string | null;
  readonly unconfirmed_since: string | null;
}

export const HOLDER_COLUMNS = [
  'user_id',
  'email',
  'scope',
  'role_id',
  'role_name',
  'bot_id',
  'bot_name',
  'direct',
  'via_groups',
  'valid_from',
  'confirmed_at',
  'unconfirmed_since',
] as const satisfies readonly (keyof HolderRow)[];

/** Who held one of these roles, on one of these bots (null: on any), in the order of their addresses. */
export function streamHolders(
  snapshot: Snapshot,
  roles: readonly RoleRef[],
  botIds: readonly string[] | null,
  asOf: string,
): AsyncGenerator<HolderRow> {
  return snapshot.stream<HolderRow>(
    `SELECT g.user_id, g.email, g.scope, g.role_id, g.role_name, g.bot_id, g.bot_name, g.direct, g.via_groups,
            g.valid_from, ${confirmedAt('g.user_id', '$1')} AS confirmed_at, s.valid_from AS unconfirmed_since
       FROM directory.role_grants_as_of($1::timestamptz) g
       LEFT JOIN directory.unconfirmed s ON s.user_id = g.user_id AND ${coversNight('s', '$1')}
      WHERE g.role_id = ANY ($3) AND (g.scope, g.role_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
        AND ($4::text[] IS NULL OR g.bot_id = ANY ($4))
      ORDER BY g.email, g.user_id, g.scope, g.role_name, g.role_id, g.bot_name, g.bot_id`,
    [asOf, roles.map(({ scope }) => scope), roles.map((role) => role.role_id), botIds],
  );
}

import type { Scope, Task } from '../../core/change.ts';
import type { KnownGroup, KnownUser } from '../../core/known.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import type { Unobserved } from '../../core/unobserved.ts';
import type { Queryable } from '../database.ts';

/** One user the diff has to look at. `snapshot` is null where only their fate or address says something. */
export interface PlannedUser {
  readonly userId: string;
  readonly fate: 'added' | 'restored' | 'kept' | 'removed' | 'unanswered';
  readonly email: string | null;
  /** ISO 8601 with microseconds. */
  readonly notBefore: string | null;
  readonly snapshot: Snapshot | null;
  readonly known: KnownUser;
  /** Empty for somebody who is back: what they had ended when they were removed. */
  readonly unobserved: Unobserved;
}

/**
 * Users whose plan may hold changes, in chunks ordered by user id, each with what is known of them. The
 * names of known groups are tonight's.
 */
export async function* loadPlannedUsers(
  connection: Queryable,
  runId: string,
  chunkSize: number,
): AsyncGenerator<readonly PlannedUser[]> {
  let after = '';
  for (;;) {
    const { rows } = await connection.query<PlannedUserRow>(LOAD_PLANNED_USERS, [runId, after, chunkSize]);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.user_id;
    yield rows.map(toPlannedUser);
    if (rows.length < chunkSize) return;
  }
}

interface PlannedUserRow {
  user_id: string;
  fate: PlannedUser['fate'];
  email: string | null;
  not_before: string | null;
  snapshot: Snapshot | null;
  known: {
    email: string | null;
    first_name: string | null;
    last_name: string | null;
    status: string | null;
    can_create_bot: boolean | null;
    is_developer: boolean | null;
    bot_roles_seen: boolean;
    admin_roles_seen: boolean;
    groups_seen: boolean;
    tasks_seen: boolean;
    unobserved: Unobserved | null;
  } | null;
  grants: {
    scope: Scope;
    roleId: string;
    botId: string | null;
    direct: boolean | null;
    via: string[] | null;
  }[];
  groups: KnownGroup[];
  tasks: Task[];
}

const LOAD_PLANNED_USERS = `
  WITH chunk AS (
    SELECT p.user_id, p.fate, p.email, p.not_before, p.person_id, p.entry, p.run_id
      FROM planned_users p LEFT JOIN users u ON u.id = p.person_id
     WHERE p.run_id = $1 AND p.user_id > $2
       AND (p.entry IS NOT NULL OR p.fate = 'removed' OR p.person_id IS NOT NULL AND p.email IS DISTINCT FROM u.email)
     ORDER BY p.user_id LIMIT $3
  )
  SELECT c.user_id, c.fate, c.email, c.not_before::text, o.snapshot,
         CASE WHEN u.id IS NOT NULL THEN to_jsonb(u) - 'hash' - 'extra' END AS known,
         coalesce(g.grants, '[]') AS grants, coalesce(m.groups, '[]') AS groups, coalesce(t.tasks, '[]') AS tasks
    FROM chunk c
    LEFT JOIN observations o ON o.run_id = c.run_id AND o.entry = c.entry
    LEFT JOIN users u ON u.id = c.person_id
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('scope', r.scope, 'roleId', r.role_id, 'botId', b.bot_id,
                                          'direct', s.direct, 'via', s.via)) AS grants
        FROM role_grants h
        JOIN roles r ON r.id = h.role_ref
        LEFT JOIN bots b ON b.id = h.bot_ref
        LEFT JOIN LATERAL (
          SELECT bool_or(s.group_ref IS NULL) AS direct,
                 CASE WHEN count(*) > 0 THEN coalesce(
                   array_agg(k.group_id ORDER BY k.group_id COLLATE "C") FILTER (WHERE k.id IS NOT NULL), '{}') END AS via
            FROM grant_sources s LEFT JOIN groups k ON k.id = s.group_ref
           WHERE s.grant_id = h.id AND s.valid_to IS NULL
        ) s ON true
       WHERE h.person_id = c.person_id AND h.valid_to IS NULL
    ) g ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('groupId', k.group_id, 'name', coalesce(n.name, k.name))) AS groups
        FROM group_memberships h
        JOIN groups k ON k.id = h.group_ref
        LEFT JOIN planned_names n ON n.run_id = c.run_id AND n.thing = 'group' AND n.key = k.group_id AND n.scope = ''
       WHERE h.person_id = c.person_id AND h.valid_to IS NULL
    ) m ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('botId', b.bot_id, 'kind', h.task_kind, 'taskId', h.task_id)) AS tasks
        FROM task_assignments h JOIN bots b ON b.id = h.bot_ref
       WHERE h.person_id = c.person_id AND h.valid_to IS NULL
    ) t ON true
   ORDER BY c.user_id`;

function toPlannedUser(row: PlannedUserRow): PlannedUser {
  const { known } = row;
  return {
    userId: row.user_id,
    fate: row.fate,
    email: row.email,
    notBefore: row.not_before,
    unobserved: row.fate === 'restored' ? {} : (known?.unobserved ?? {}),
    snapshot: row.snapshot,
    known: {
      email: known?.email ?? null,
      firstName: known?.first_name ?? null,
      lastName: known?.last_name ?? null,
      status: known?.status ?? null,
      canCreateBot: known?.can_create_bot ?? null,
      isDeveloper: known?.is_developer ?? null,
      grants: row.grants.map(({ scope, roleId, botId, direct, via }) => ({
        scope,
        roleId,
        botId,
        sources: { direct, viaGroups: via },
      })),
      groups: row.groups,
      tasks: row.tasks,
      seen: {
        botRoles: known?.bot_roles_seen ?? false,
        adminRoles: known?.admin_roles_seen ?? false,
        groups: known?.groups_seen ?? false,
        tasks: known?.tasks_seen ?? false,
      },
    },
  };
}

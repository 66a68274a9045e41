import type { ReadableChange } from '../core/readable-change.ts';
import type { Database } from './database.ts';

/** A row of `directory.role_changes`. */
export interface RoleChange extends Pick<
  ReadableChange,
  'userId' | 'email' | 'scope' | 'roleId' | 'roleName' | 'botId' | 'botName'
> {
  readonly kind: 'role_granted' | 'role_revoked' | 'role_source_changed';
  readonly before: GrantSide | null;
  readonly after: GrantSide | null;
}

interface GrantSide {
  readonly direct: boolean | null;
  readonly via_groups: readonly string[] | null;
}

/** Role changes of a run, those of admin roles first, `limit` at most. */
export async function loadRoleChanges(
  { pool }: Database,
  runId: string,
  limit: number,
): Promise<readonly RoleChange[]> {
  const { rows } = await pool.query<RoleChange>(
    `SELECT kind, user_id AS "userId", email, scope, role_id AS "roleId", role_name AS "roleName",
            bot_id AS "botId", bot_name AS "botName", before, after
       FROM directory.role_changes WHERE run_id = $1
      ORDER BY scope = 'admin' DESC, change_id LIMIT $2`,
    [runId, limit],
  );
  return rows;
}

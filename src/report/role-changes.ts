import type { RoleChange } from '../store/changes.ts';
import { describeWays } from './change-text.ts';
import { describeTable } from './table.ts';

/** Role changes as a table: who, what, which role on what, directly or through which groups. */
export function describeRoleChanges(changes: readonly RoleChange[]): string {
  return describeTable(
    ['Who', 'Change', 'Role', 'On', 'How'],
    changes.map((change) => [
      change.email ?? change.userId ?? '',
      VERBS[change.kind],
      change.roleName ?? change.roleId ?? '',
      change.scope === 'admin' ? 'the account' : (change.botName ?? change.botId ?? ''),
      describeSource(change),
    ]),
  );
}

const VERBS: Readonly<Record<RoleChange['kind'], string>> = {
  role_granted: 'granted',
  role_revoked: 'revoked',
  role_source_changed: 'source changed',
};

function describeSource({ before, after }: RoleChange): string {
  if (before !== null && after !== null) return `${describeSide(before)} → ${describeSide(after)}`;
  return describeSide(after ?? before);
}

function describeSide(side: RoleChange['before']): string {
  return side === null ? 'not said' : describeWays(side.direct, side.via_groups);
}

import type { ReadableChange } from '../core/readable-change.ts';
import { describeWays } from './change-text.ts';
import { describeTable } from './table.ts';

/** Changes of every kind as a table: who, what happened, to what, and how it was and is. */
export function describeChanges(changes: readonly ReadableChange[]): string {
  return describeTable(
    ['Who', 'Change', 'What', 'Before', 'After'],
    changes.map((change) => [
      change.email ?? change.userId ?? '',
      change.kind.replaceAll('_', ' '),
      describeThing(change),
      describeState(change.before),
      describeState(change.after),
    ]),
  );
}

function describeThing(change: ReadableChange): string {
  const { kind, roleId, groupId, taskId } = change;
  // A rename has both names beside it.
  if (kind.endsWith('_renamed')) return roleId ?? groupId ?? change.botId ?? '';
  if (roleId !== null) return `${change.roleName ?? roleId} on ${describePlace(change)}`;
  if (groupId !== null) return change.groupName ?? groupId;
  if (taskId !== null) return `${change.taskKind ?? 'task'} ${taskId} on ${describePlace(change)}`;
  return '';
}

function describePlace({ scope, botName, botId }: ReadableChange): string {
  return scope === 'admin' ? 'the account' : (botName ?? botId ?? '');
}

/** The bare value of an attribute or a name, or the sources of a grant. */
function describeState(state: unknown): string {
  if (state === null || state === undefined) return '';
  if (typeof state === 'string') return state;
  if (typeof state !== 'object') return JSON.stringify(state);
  const direct = 'direct' in state ? state.direct : null;
  return describeWays(direct, 'via_groups' in state ? state.via_groups : null);
}

import type { NetChange } from '../store/reading/changes.ts';

/** A change or something held, without what says when. */
export type Thing = Omit<NetChange, 'kind'> & { readonly kind: NetChange['kind'] | null };

const VERBS: Readonly<Record<NetChange['kind'], string>> = {
  user_added: 'first seen',
  user_removed: 'removed',
  user_restored: 'restored',
  email_changed: 'email changed',
  name_changed: 'name changed',
  status_changed: 'status changed',
  developer_changed: 'developer changed',
  bot_creation_changed: 'bot creation changed',
  role_granted: 'granted',
  role_revoked: 'revoked',
  role_source_changed: 'held in another way:',
  group_joined: 'joined',
  group_left: 'left',
  task_assigned: 'assigned',
  task_unassigned: 'no longer assigned',
  role_renamed: 'role renamed',
  group_renamed: 'group renamed',
  bot_renamed: 'bot renamed',
};

/** What happened: `granted Bot Tester on Leave`; without a kind, what there was: `had Bot Tester on Leave`. */
export function describeChange(change: Thing): string {
  const verb = change.kind === null ? 'had' : VERBS[change.kind];
  const object = describeThing(change);
  return object === '' ? verb : `${verb} ${object}`;
}

/** A role, a group or a task; empty for what concerns none. */
export function describeThing(thing: Thing): string {
  if (thing.kind?.endsWith('_renamed') === true) return '';
  if (thing.role_id !== null) {
    const role = thing.role_name ?? thing.role_id;
    return thing.scope === 'admin' ? `${role} on the account` : `${role} on ${botOf(thing)}`;
  }
  if (thing.group_id !== null) return `group ${thing.group_name ?? thing.group_id}`;
  if (thing.task_id !== null) return `${thing.task_kind ?? ''} ${thing.task_id} on ${botOf(thing)}`;
  return '';
}

/** The name of a bot where it is known, else its id. */
export function botOf(thing: Pick<Thing, 'bot_id' | 'bot_name'>): string {
  return thing.bot_name ?? thing.bot_id ?? 'a bot';
}

/** In which way, or from what to what: `directly, via Sales`, `active → Suspended`. */
export function describeHow({ kind, before, after }: Thing): string {
  if (before === null && after === null) return '';
  const isHeldOnOneSide = kind === null || kind === 'role_granted' || kind === 'role_revoked';
  return isHeldOnOneSide
    ? describeValue(after ?? before)
    : `${describeValue(before)} → ${describeValue(after)}`;
}

/** The same of a published change, which also says where it may be older than it looks. */
export function describePublished(change: Thing & { readonly not_before: string | null }): string {
  const how = describeHow(change);
  if (change.not_before !== null) return how;
  return `${how === '' ? '' : `${how} `}(nobody had looked before)`;
}

function describeValue(value: unknown): string {
  if (value === null) return 'not said';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object' && 'direct' in value && 'via_groups' in value) {
    return describeWays(value.direct, value.via_groups);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Directly or through which groups. */
export function describeWays(direct: unknown, viaGroups: unknown): string {
  if (direct === null) return 'not said';
  const groups = Array.isArray(viaGroups) ? viaGroups.map((group) => `via ${String(group)}`) : [];
  return [...(direct === true ? ['directly'] : []), ...groups].join(', ');
}

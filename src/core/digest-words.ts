import type { AlertItem } from './alert-facts.ts';
import { printable } from './printable.ts';

/** Text in which ours and theirs stay apart: a channel shows names so that they cannot pass for anything else. */
export type Words = readonly (string | Name)[];

/** Somebody else's text, without anything that drives a terminal or reorders a line, and not too long. */
export interface Name {
  readonly name: string;
}

const MAX_NAME = 100;

export function nameOf(text: string, maxLength = MAX_NAME): Name {
  const characters = Array.from(printable(text));
  return {
    name:
      characters.length <= maxLength
        ? characters.join('')
        : `${characters.slice(0, maxLength - 1).join('')}…`,
  };
}

/** Words as plain text, for a channel without formatting. */
export function toPlainText(words: Words): string {
  return words.map((word) => (typeof word === 'string' ? word : word.name)).join('');
}

/** What changed, without whom and when: "granted Admin on the account, directly". */
export function describeItem(item: AlertItem): Words {
  const { before, after } = item;
  switch (item.kind) {
    case 'role_granted':
      return ['granted ', ...role(item), ...sources(after, ', ')];
    case 'role_revoked':
      return ['lost ', ...role(item), ...sources(before, ', held ')];
    case 'role_source_changed':
      return ['holds ', ...role(item), ...sources(after, ' now '), ...sources(before, ', before ')];
    case 'user_added':
      return ['added'];
    case 'user_removed':
      return ['removed'];
    case 'user_restored':
      return ['restored'];
    case 'email_changed':
      return ['email changed', ...fromTo(item)];
    case 'name_changed':
      return ['name changed', ...fromTo(item)];
    case 'status_changed':
      return ['status changed', ...fromTo(item)];
    case 'developer_changed':
      return [after === true ? 'became a developer' : 'is no developer any more'];
    case 'bot_creation_changed':
      return [after === true ? 'may create bots' : 'may not create bots any more'];
    case 'group_joined':
      return ['joined group ', nameOf(item.groupName ?? item.groupId ?? '')];
    case 'group_left':
      return ['left group ', nameOf(item.groupName ?? item.groupId ?? '')];
    case 'task_assigned':
      return ['was assigned ', ...task(item)];
    case 'task_unassigned':
      return ['is no longer assigned ', ...task(item)];
    case 'role_renamed':
      return ['role ', nameOf(item.roleId ?? ''), ...fromTo(item)];
    case 'group_renamed':
      return ['group ', nameOf(item.groupId ?? ''), ...fromTo(item)];
    case 'bot_renamed':
      return ['bot ', nameOf(item.botId ?? ''), ...fromTo(item)];
  }
}

function role({ scope, roleName, roleId, botName, botId }: AlertItem): Words {
  return [
    nameOf(roleName ?? roleId ?? ''),
    ...(scope === 'admin' ? [' on the account'] : [' on bot ', nameOf(botName ?? botId ?? '')]),
  ];
}

function task({ taskKind, taskId, botName, botId }: AlertItem): Words {
  return [`${taskKind ?? ''} task `, nameOf(taskId ?? ''), ' on bot ', nameOf(botName ?? botId ?? '')];
}

function fromTo({ before, after }: AlertItem): Words {
  const words = (value: unknown): Words => (typeof value === 'string' ? [nameOf(value)] : ['nothing']);
  return [' from ', ...words(before), ' to ', ...words(after)];
}

/** Directly, through which groups, or that the platform did not say. */
function sources(side: unknown, lead: string): Words {
  if (typeof side !== 'object' || side === null) return [];
  const direct = 'direct' in side ? side.direct : null;
  const via: unknown = 'via_groups' in side ? side.via_groups : null;
  if (typeof direct !== 'boolean' && via === null) return [lead, 'not said how'];
  const groups = Array.isArray(via) ? via.map(String) : [];
  const shown = groups.slice(0, MAX_GROUPS);
  const more = groups.length - shown.length;
  const ways: Words[] = [
    ...(direct === true ? [['directly']] : []),
    ...shown.map((group): Words => ['through group ', nameOf(group)]),
    ...(more > 0 ? [[`through ${more} more groups`]] : []),
  ];
  return [lead, ...ways.flatMap((way, index) => [...(index === 0 ? [] : [' and ']), ...way])];
}

const MAX_GROUPS = 5;

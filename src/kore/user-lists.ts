import { TASK_KINDS } from '../core/snapshot.ts';
import type { ObservedGroup, ObservedList, ObservedRole, ObservedTasks, TaskKind } from '../core/snapshot.ts';
import type { Drift } from './drift.ts';
import { readId, readText, readTexts } from './user-fields.ts';
import type { Extra } from './user-fields.ts';
import { isJsonObject } from './wire.ts';
import type { JsonObject } from './wire.ts';

type ItemReader<T> = (item: JsonObject, path: string, drift: Drift, extra: Extra) => T | undefined;

/**
 * A list of the response. `undefined` where it is not observed; not complete where an item could not be read: such
 * a list may add, but must not end what it omits (I12).
 */
export function readList<T>(
  value: unknown,
  path: string,
  key: string,
  drift: Drift,
  extra: Extra,
  readItem: ItemReader<T>,
): ObservedList<T> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    drift.note(path, key);
    return undefined;
  }
  const itemPath = path === '' ? `${key}[]` : `${path}.${key}[]`;
  const items: T[] = [];
  const elements: readonly unknown[] = value;
  for (const element of elements) {
    const item = isJsonObject(element) ? readItem(element, itemPath, drift, extra) : undefined;
    if (item !== undefined) items.push(item);
  }
  const complete = items.length === value.length;
  if (!complete) drift.note(path === '' ? key : `${path}.${key}`, '[]');
  return { items, complete };
}

/** A role without a bot, which is how it is held on the account. */
export function readAdminRole(
  item: JsonObject,
  path: string,
  drift: Drift,
  extra: Extra,
): ObservedRole | undefined {
  return readRole(item, path, drift, extra, false);
}

/** A role on a bot; without the bot's id nobody can tell which one it is. */
export function readBotRole(
  item: JsonObject,
  path: string,
  drift: Drift,
  extra: Extra,
): ObservedRole | undefined {
  return readRole(item, path, drift, extra, true);
}

const ADMIN_ROLE_KEYS = new Set(['roleId', 'roleName', 'groups']);
const BOT_ROLE_KEYS = new Set([...ADMIN_ROLE_KEYS, 'botId', 'botName']);

function readRole(
  item: JsonObject,
  path: string,
  drift: Drift,
  extra: Extra,
  onBot: boolean,
): ObservedRole | undefined {
  const roleId = readId(item['roleId'], path, 'roleId', drift);
  const roleName = readText(item['roleName'], path, 'roleName', drift);
  const botId = onBot ? readId(item['botId'], path, 'botId', drift) : undefined;
  const botName = onBot ? readText(item['botName'], path, 'botName', drift) : undefined;
  const viaGroupNames = readTexts(item['groups'], path, 'groups', drift);
  const identity = roleId !== undefined && botId !== undefined ? `${roleId} ${botId}` : roleId;
  keepUnknown(item, onBot ? BOT_ROLE_KEYS : ADMIN_ROLE_KEYS, path, identity, drift, extra);
  if (roleId === undefined || (onBot && botId === undefined)) return undefined;
  const role: { -readonly [Field in keyof ObservedRole]: ObservedRole[Field] } = { roleId };
  if (roleName !== undefined) role.roleName = roleName;
  if (botId !== undefined) role.botId = botId;
  if (botName !== undefined) role.botName = botName;
  if (viaGroupNames !== undefined) {
    role.viaGroupNames = viaGroupNames;
    role.direct = viaGroupNames.length === 0;
  }
  return role;
}

const GROUP_KEYS = new Set(['groupId', 'groupName']);

export function readGroup(
  item: JsonObject,
  path: string,
  drift: Drift,
  extra: Extra,
): ObservedGroup | undefined {
  const groupId = readId(item['groupId'], path, 'groupId', drift);
  const groupName = readText(item['groupName'], path, 'groupName', drift);
  keepUnknown(item, GROUP_KEYS, path, groupId, drift, extra);
  if (groupId === undefined) return undefined;
  return groupName === undefined ? { groupId } : { groupId, groupName };
}

/** The API's names; the singular one is as documented. */
const TASK_FIELDS: Readonly<Record<TaskKind, string>> = {
  dialog: 'dialogs',
  action: 'actions',
  alert: 'alerts',
  knowledge: 'knowledgeTask',
};
const TASKS_KEYS = new Set(['botId', ...Object.values(TASK_FIELDS)]);

export function readTasks(
  item: JsonObject,
  path: string,
  drift: Drift,
  extra: Extra,
): ObservedTasks | undefined {
  const botId = readId(item['botId'], path, 'botId', drift);
  const taskIds: Partial<Record<TaskKind, readonly string[]>> = {};
  for (const kind of TASK_KINDS) {
    const field = TASK_FIELDS[kind];
    const ids = readTexts(item[field], path, field, drift);
    if (ids !== undefined) taskIds[kind] = ids;
  }
  keepUnknown(item, TASKS_KEYS, path, botId, drift, extra);
  return botId === undefined ? undefined : { botId, taskIds };
}

/** Keeps the unknown fields of an item under its identity; those of an item without one belong to nobody. */
function keepUnknown(
  item: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  identity: string | undefined,
  drift: Drift,
  extra: Extra,
): void {
  for (const key in item) {
    if (known.has(key)) continue;
    drift.note(path, key);
    if (identity !== undefined) extra.add(path, key, item[key], identity);
  }
}

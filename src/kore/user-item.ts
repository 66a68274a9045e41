import { normalizeSnapshot } from '../core/canonical.ts';
import { normalizeEmail } from '../core/email.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { Drift } from './drift.ts';
import { judgeItemFailure } from './item-failure.ts';
import type { ItemFailure } from './item-failure.ts';
import { createExtra, readFlag, readId, readInstant, readText } from './user-fields.ts';
import type { Extra } from './user-fields.ts';
import { readAdminRole, readBotRole, readGroup, readList, readTasks } from './user-lists.ts';
import { isJsonObject } from './wire.ts';
import type { JsonObject } from './wire.ts';

// Read by hand; zod has the complaints (wire.ts). Measured on Node 20, a user with three grants and two groups: 3 µs, with
// unknown fields, completeness, drift and normal form. A loose zod schema of the same fields takes as long and has none
// of these: what it forgives (`catch`) cannot be told from what was never there, so everything is walked again.

/** One item of a response, not yet matched to what was asked. */
export interface UserItem {
  /** As it came, trimmed; absent where the item bears none that can be read. */
  readonly address: string | undefined;
  /** The address, normalised. */
  readonly email: string | undefined;
  /** The item leaves the address out, or blank. */
  readonly isAnonymous: boolean;
  /** Under which an entry of kind `org_user_id` may have been asked. Undocumented, so it may be missing. */
  readonly orgUserId: string | undefined;
  readonly userId: string | undefined;
  readonly content: { readonly kind: 'found'; readonly snapshot: Snapshot } | ItemFailure;
}

/** RFC 5321 allows 254; an address much longer would not fit an index of PostgreSQL. */
const MAX_EMAIL_LENGTH = 320;

/** Reads one item, noting what differs from the known shape; `undefined` where it is no user item at all. */
export function parseUserItem(value: unknown, drift: Drift): UserItem | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['userInfo'])) {
    drift.note('', isJsonObject(value) ? 'userInfo' : '[]');
    return undefined;
  }
  const info = value['userInfo'];
  const extra = createExtra();
  keepUnknown(value, ITEM_KEYS, '', drift, extra);
  keepUnknown(info, INFO_KEYS, 'userInfo', drift, extra);
  const userId = readId(info['userId'], 'userInfo', 'userId', drift);
  const address = readAddress(info, drift);
  const orgUserId = readOrgUserId(value, info);
  const status = readText(info['status'], 'userInfo', 'status', drift);
  return {
    address,
    email: address === undefined ? undefined : normalizeEmail(address),
    isAnonymous: isBlank(info['emailId']),
    orgUserId,
    userId,
    content: readContent({ item: value, info, userId, address, status }, drift, extra),
  };
}

function readAddress(info: JsonObject, drift: Drift): string | undefined {
  const address = readText(info['emailId'], 'userInfo', 'emailId', drift);
  if (address === undefined || address === '') return undefined;
  if (address.length <= MAX_EMAIL_LENGTH) return address;
  drift.note('userInfo', 'emailId');
  return undefined;
}

interface RawItem {
  readonly item: JsonObject;
  readonly info: JsonObject;
  readonly userId: string | undefined;
  readonly address: string | undefined;
  readonly status: string | undefined;
}

function readContent(raw: RawItem, drift: Drift, extra: Extra): UserItem['content'] {
  const { info, userId, address } = raw;
  const isFailure = isFailureShape(raw);
  if (userId === undefined) {
    // A user id that is there but cannot be read contradicts "not found".
    if (isFailure && isBlank(info['userId'])) return judgeItemFailure(info['reason']);
    return { kind: 'unanswered', reason: 'the item has no readable userId' };
  }
  if (address === undefined) {
    return { kind: 'unanswered', reason: 'the item has a userId but no readable emailId' };
  }
  // Beside a failure the word is no state of the account.
  const user = isFailure ? { ...raw, status: undefined } : raw;
  const identity = { userId, email: normalizeEmail(address) };
  return { kind: 'found', snapshot: readSnapshot(user, identity, drift, extra) };
}

/** `status` is overloaded: account state on success, the word "failure" beside a `reason`. */
function isFailureShape({ info, status }: RawItem): boolean {
  return status?.toLowerCase() === 'failure' && info['reason'] !== undefined && info['reason'] !== null;
}

function readSnapshot(
  { item, info, status }: RawItem,
  identity: Pick<Snapshot, 'userId' | 'email'>,
  drift: Drift,
  extra: Extra,
): Snapshot {
  const roles = readRolesObject(item['roles'], drift, extra);
  // Assigned one by one to a literal that names its first keys: with spreads V8 took seven times as long (27 µs, not 4).
  const user: Draft = { userId: identity.userId, email: identity.email };
  const firstName = readText(info['firstName'], 'userInfo', 'firstName', drift);
  if (firstName !== undefined) user.firstName = firstName;
  const lastName = readText(info['lastName'], 'userInfo', 'lastName', drift);
  if (lastName !== undefined) user.lastName = lastName;
  if (status !== undefined) user.status = status;
  const lastLogin = readInstant(info['lastLogin'], 'userInfo', 'lastLogin', drift);
  if (lastLogin !== undefined) user.lastLogin = lastLogin;
  const canCreateBot = readFlag(item['canCreateBot'], '', 'canCreateBot', drift);
  if (canCreateBot !== undefined) user.canCreateBot = canCreateBot;
  const isDeveloper = readFlag(item['isDeveloper'], '', 'isDeveloper', drift);
  if (isDeveloper !== undefined) user.isDeveloper = isDeveloper;
  const botRoles = readList(roles['btRoles'], 'roles', 'btRoles', drift, extra, readBotRole);
  if (botRoles !== undefined) user.botRoles = botRoles;
  const adminRoles = readList(roles['adminRoles'], 'roles', 'adminRoles', drift, extra, readAdminRole);
  if (adminRoles !== undefined) user.adminRoles = adminRoles;
  const groups = readList(item['groups'], '', 'groups', drift, extra, readGroup);
  if (groups !== undefined) user.groups = groups;
  const tasks = readList(item['assignBotTasks'], '', 'assignBotTasks', drift, extra, readTasks);
  if (tasks !== undefined) user.tasks = tasks;
  const unknownFields = extra.fields();
  if (unknownFields !== undefined) user.extra = unknownFields;
  return normalizeSnapshot(user);
}

type Draft = { -readonly [Field in keyof Snapshot]: Snapshot[Field] };

const NO_ROLES: JsonObject = {};

function readRolesObject(value: unknown, drift: Drift, extra: Extra): JsonObject {
  if (value === undefined || value === null) return NO_ROLES;
  if (!isJsonObject(value)) {
    drift.note('', 'roles');
    return NO_ROLES;
  }
  keepUnknown(value, ROLES_KEYS, 'roles', drift, extra);
  return value;
}

const ITEM_KEYS = new Set(['userInfo', 'roles', 'groups', 'assignBotTasks', 'canCreateBot', 'isDeveloper']);
const ROLES_KEYS = new Set(['btRoles', 'adminRoles']);
const INFO_KEYS = new Set(['emailId', 'userId', 'firstName', 'lastName', 'status', 'lastLogin', 'reason']);

function keepUnknown(
  object: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  drift: Drift,
  extra: Extra,
): void {
  for (const key in object) {
    if (known.has(key)) continue;
    drift.note(path, key);
    extra.add(path, key, object[key]);
  }
}

/** Looked for in both places and believed in either; nobody documents it, so it is drift as well. */
function readOrgUserId(item: JsonObject, info: JsonObject): string | undefined {
  for (const value of [info['orgUserId'], item['orgUserId']]) {
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

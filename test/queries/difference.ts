import { inOrder } from '../support/directory.ts';
import type { Facts } from '../support/fold.ts';

type Fact = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

/** A row of `directory.changes_between` without its empty columns. */
export type NetChange = Row & { readonly kind: string };

/**
 * What is different in `after`, as the functions of the database are to say it: two states and nothing else,
 * no log and no intervals.
 */
export function diffStates(before: Facts, after: Facts): NetChange[] {
  const rows = [
    ...diffPeople(before, after),
    ...diffGrants(before, after),
    ...diffSets(before.memberships, after.memberships, ['group_joined', 'group_left'], (key) => {
      const [user = '', group = ''] = key.split(' ');
      return { user_id: user, group_id: group, group_name: after.names.get(`group ${group}`) };
    }),
    ...diffSets(before.tasks, after.tasks, ['task_assigned', 'task_unassigned'], (key) => {
      const [user = '', bot = '', kind, task] = key.split(' ');
      return {
        user_id: user,
        bot_id: bot,
        bot_name: after.names.get(`bot ${bot}`),
        task_kind: kind,
        task_id: task,
      };
    }),
  ];
  const addressed = rows.map((row) => ({ ...row, email: emailOf(after, row['user_id']) }));
  return inOrder([...addressed, ...diffNames(before, after)].map((row) => sorted(row)));
}

/** Without empty columns, and with the others in the order of their names. */
export function sorted(row: Row): NetChange {
  const kept = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  const { kind, ...rest } = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  return { kind: String(kind), ...rest };
}

const emailOf = (facts: Facts, userId: unknown): unknown => facts.users.get(String(userId))?.['email'];

const ATTRIBUTES: readonly (readonly [kind: string, of: (user: Fact) => unknown])[] = [
  ['email_changed', (user) => user['email']],
  ['name_changed', (user) => `${String(user['firstName'])} ${String(user['lastName'])}`],
  ['status_changed', (user) => user['status']],
  ['developer_changed', (user) => user['isDeveloper']],
  ['bot_creation_changed', (user) => user['canCreateBot']],
];

function* diffPeople(before: Facts, after: Facts): Generator<Row> {
  for (const [userId, is] of after.users) {
    const was = before.users.get(userId);
    const wasHere = was !== undefined && was['removed'] === false;
    if (is['removed'] === true) {
      if (wasHere) yield { kind: 'user_removed', user_id: userId };
      continue;
    }
    if (!wasHere) yield { kind: was === undefined ? 'user_added' : 'user_restored', user_id: userId };
    if (was === undefined) continue;
    for (const [kind, of] of ATTRIBUTES) {
      if (of(was) !== of(is)) yield { kind, user_id: userId, before: of(was), after: of(is) };
    }
  }
}

function* diffGrants(before: Facts, after: Facts): Generator<Row> {
  for (const key of new Set([...before.grants.keys(), ...after.grants.keys()])) {
    const [was, is] = [before.grants.get(key), after.grants.get(key)];
    if (was !== undefined && is !== undefined && sourcesKey(was) === sourcesKey(is)) continue;
    const [user, scope = '', role = '', bot] = key.split(' ');
    yield {
      kind: was === undefined ? 'role_granted' : is === undefined ? 'role_revoked' : 'role_source_changed',
      user_id: user,
      scope,
      role_id: role,
      role_name: after.names.get(`role ${scope} ${role}`),
      bot_id: bot,
      bot_name: after.names.get(`bot ${bot ?? ''}`),
      before: was && describeSources(was, before),
      after: is && describeSources(is, after),
    };
  }
}

/** By ids, so that a group that was renamed is no other group. */
function sourcesKey({ direct, viaGroups }: Fact): string {
  return JSON.stringify([direct, viaGroups]);
}

function describeSources({ direct, viaGroups }: Fact, { names }: Facts): Fact {
  if (!Array.isArray(viaGroups)) return { direct, via_groups: null };
  const called = viaGroups.map((id) => String(names.get(`group ${String(id)}`) ?? id));
  return { direct, via_groups: called.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) };
}

function* diffSets(
  before: Facts['tasks'],
  after: Facts['tasks'],
  [came, went]: readonly [string, string],
  describe: (key: string) => Row,
): Generator<Row> {
  for (const key of after.keys()) if (!before.has(key)) yield { kind: came, ...describe(key) };
  for (const key of before.keys()) if (!after.has(key)) yield { kind: went, ...describe(key) };
}

function* diffNames(before: Facts, after: Facts): Generator<Row> {
  for (const [key, name] of after.names) {
    const old = before.names.get(key);
    if (!before.names.has(key) || old === name) continue;
    const [thing = '', ...id] = key.split(' ');
    const [scope, role] = thing === 'role' ? id : [];
    yield {
      kind: `${thing}_renamed`,
      before: old,
      after: name,
      ...(thing === 'role'
        ? { scope, role_id: role, role_name: name }
        : { [`${thing}_id`]: id.join(' '), [`${thing}_name`]: name }),
    };
  }
}

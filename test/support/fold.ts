import type { TestNights } from './night.ts';

type Json = Readonly<Record<string, unknown>>;

/** A row of the audit log with what folding needs beyond the public columns. */
interface AuditRow {
  readonly as_of: Date;
  readonly kind: string;
  readonly user_id: string | null;
  readonly email: string | null;
  readonly scope: string | null;
  readonly role_id: string | null;
  readonly role_name: string | null;
  readonly bot_id: string | null;
  readonly bot_name: string | null;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly task_kind: string | null;
  readonly task_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly detail: Readonly<Record<'before' | 'after', Json | undefined>> | null;
}

/** The directory as plain facts, each under a key of its own. */
export interface Facts {
  readonly users: Map<string, Json>;
  /** `from` and where it comes from, as ids of groups. */
  readonly grants: Map<string, Json>;
  readonly memberships: Map<string, Json>;
  readonly tasks: Map<string, Json>;
  /** Of roles, bots and groups. */
  readonly names: Map<string, unknown>;
}

export async function readFacts({ query }: Pick<TestNights, 'query'>): Promise<Facts> {
  const load = async (sql: string): Promise<Map<string, Json>> => {
    const rows = await query<{ key: string; fact: Json }>(sql);
    return new Map(rows.map(({ key, fact }) => [key, fact]));
  };
  const names = await query<{ key: string; name: string | null }>(NAMES);
  return {
    users: await load(USERS),
    grants: await load(GRANTS),
    memberships: await load(MEMBERSHIPS),
    tasks: await load(TASKS),
    names: new Map(names.map(({ key, name }) => [key, name])),
  };
}

const USERS = `
  SELECT user_id AS key, jsonb_build_object('email', email, 'firstName', first_name, 'lastName', last_name, 'status', status,
           'canCreateBot', can_create_bot, 'isDeveloper', is_developer, 'removed', removed_at IS NOT NULL) AS fact
    FROM users`;
const GRANTS = `
  SELECT concat_ws(' ', u.user_id, r.scope, r.role_id, b.bot_id) AS key,
         jsonb_build_object('from', g.valid_from, 'direct', s.direct, 'viaGroups', s.via) AS fact
    FROM role_grants g JOIN users u ON u.id = g.person_id JOIN roles r ON r.id = g.role_ref LEFT JOIN bots b ON b.id = g.bot_ref
    LEFT JOIN LATERAL (
      SELECT bool_or(s.group_ref IS NULL) AS direct,
             CASE WHEN count(*) > 0 THEN coalesce(array_agg(k.group_id ORDER BY k.group_id COLLATE "C") FILTER (WHERE k.id IS NOT NULL), '{}') END AS via
        FROM grant_sources s LEFT JOIN groups k ON k.id = s.group_ref WHERE s.grant_id = g.id AND s.valid_to IS NULL
    ) s ON true WHERE g.valid_to IS NULL`;
const MEMBERSHIPS = `
  SELECT concat_ws(' ', u.user_id, k.group_id) AS key, jsonb_build_object('from', m.valid_from) AS fact
    FROM group_memberships m JOIN users u ON u.id = m.person_id JOIN groups k ON k.id = m.group_ref WHERE m.valid_to IS NULL`;
const TASKS = `
  SELECT concat_ws(' ', u.user_id, b.bot_id, t.task_kind, t.task_id) AS key, jsonb_build_object('from', t.valid_from) AS fact
    FROM task_assignments t JOIN users u ON u.id = t.person_id JOIN bots b ON b.id = t.bot_ref WHERE t.valid_to IS NULL`;
const NAMES = `
  SELECT concat_ws(' ', 'role', scope, role_id) AS key, name FROM roles
  UNION ALL SELECT concat_ws(' ', 'bot', bot_id), name FROM bots
  UNION ALL SELECT concat_ws(' ', 'group', group_id), name FROM groups`;

/** I4: folds the whole audit log over the facts of the baseline, with nothing of the product but its rows. */
export async function foldChanges({ query }: Pick<TestNights, 'query'>, facts: Facts): Promise<void> {
  const rows = await query<AuditRow & { from: string }>(
    `SELECT to_jsonb(r.as_of) #>> '{}' AS from, r.as_of, c.kind::text, c.user_id, c.email, c.scope::text, c.role_id, c.role_name,
            c.bot_id, c.bot_name, c.group_id, c.group_name, c.task_kind::text, c.task_id, c.before, c.after, c.detail
       FROM changes c JOIN runs r ON r.id = c.run_id ORDER BY c.id`,
  );
  for (const { from, ...row } of rows) foldChange(facts, row, from);
}

function foldChange(facts: Facts, row: AuditRow, from: string): void {
  const user = row.user_id ?? '';
  const join = (...parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(' ');
  const grant = join(user, row.scope, row.role_id, row.bot_id);
  const membership = join(user, row.group_id);
  const task = join(user, row.bot_id, row.task_kind, row.task_id);
  switch (row.kind) {
    case 'user_added':
      begin(facts.users, user, { ...row.detail?.after, email: row.email, removed: false });
      return;
    case 'user_removed':
      change(facts.users, user, { removed: true });
      return;
    case 'user_restored':
      change(facts.users, user, { removed: false });
      return;
    case 'email_changed':
      change(facts.users, user, { email: row.after });
      return;
    case 'name_changed':
      change(facts.users, user, row.detail?.after ?? {});
      return;
    case 'status_changed':
      change(facts.users, user, { status: row.after });
      return;
    case 'developer_changed':
      change(facts.users, user, { isDeveloper: row.after });
      return;
    case 'bot_creation_changed':
      change(facts.users, user, { canCreateBot: row.after });
      return;
    case 'role_granted':
      begin(facts.grants, grant, { from, ...row.detail?.after });
      learnNames(facts, row);
      return;
    case 'role_source_changed':
      change(facts.grants, grant, row.detail?.after ?? {});
      return;
    case 'role_revoked':
      end(facts.grants, grant);
      return;
    case 'group_joined':
      begin(facts.memberships, membership, { from });
      learnNames(facts, row);
      return;
    case 'group_left':
      end(facts.memberships, membership);
      return;
    case 'task_assigned':
      begin(facts.tasks, task, { from });
      learnNames(facts, row);
      return;
    case 'task_unassigned':
      end(facts.tasks, task);
      return;
    case 'role_renamed':
    case 'bot_renamed':
    case 'group_renamed':
      learnNames(facts, row);
      return;
    default:
      throw new Error(`'${row.kind}' is no kind of change`);
  }
}

/** A rename says the name; a thing first held says it as well. */
function learnNames({ names }: Facts, row: AuditRow): void {
  const things: readonly [key: string, id: string | null, name: string | null][] = [
    [`role ${row.scope ?? ''} ${row.role_id ?? ''}`, row.role_id, row.role_name],
    [`bot ${row.bot_id ?? ''}`, row.bot_id, row.bot_name],
    [`group ${row.group_id ?? ''}`, row.group_id, row.group_name],
  ];
  for (const [key, id, name] of things) if (id !== null) names.set(key, name);
}

function begin(facts: Map<string, Json>, key: string, fact: Json): void {
  if (facts.has(key)) throw new Error(`'${key}' begins though it has begun`);
  facts.set(key, fact);
}

function change(facts: Map<string, Json>, key: string, fact: Json): void {
  const held = facts.get(key);
  if (held === undefined) throw new Error(`'${key}' changes though it has not begun`);
  facts.set(key, { ...held, ...fact });
}

function end(facts: Map<string, Json>, key: string): void {
  if (!facts.delete(key)) throw new Error(`'${key}' ends though it has not begun`);
}

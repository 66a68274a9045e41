import type pg from 'pg';
import type { ReplyItem } from './reply.ts';

/** Ids of roles, bots and groups, handed out when first named; and those of people and grants. */
export class Dictionaries {
  readonly roles = new Dictionary();
  readonly bots = new Dictionary();
  readonly groups = new Dictionary();
  readonly groupsByName = new Map<string, number>();
  readonly asOf: Date;
  people = 0;
  grants = 0;

  constructor(asOf: Date) {
    this.asOf = asOf;
  }

  async save(pool: pg.Pool): Promise<void> {
    const save = async (sql: string, { ids, keys, names }: Dictionary): Promise<unknown> =>
      pool.query(sql, [[...ids.values()], keys, names, this.asOf]);
    await save(SAVE_ROLES, this.roles);
    await save(SAVE_BOTS, this.bots);
    await save(SAVE_GROUPS, this.groups);
  }
}

class Dictionary {
  readonly ids = new Map<string, number>();
  readonly names: string[] = [];

  get keys(): string[] {
    return [...this.ids.keys()];
  }

  idOf(key: string, name: string): number {
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.ids.size + 1;
    this.ids.set(key, id);
    this.names.push(name);
    return id;
  }
}

const FROM_DICTIONARY = 'FROM unnest($1::int[], $2::text[], $3::text[]) AS d (id, key, name)';
const SAVE_ROLES = `
  WITH saved AS (INSERT INTO roles (id, scope, role_id, name) SELECT id, 'bot', key, name ${FROM_DICTIONARY})
  INSERT INTO role_names (role_ref, name, valid_from) SELECT id, name, $4::timestamptz ${FROM_DICTIONARY}`;
const SAVE_BOTS = `
  WITH saved AS (INSERT INTO bots (id, bot_id, name) SELECT id, key, name ${FROM_DICTIONARY})
  INSERT INTO bot_names (bot_ref, name, valid_from) SELECT id, name, $4::timestamptz ${FROM_DICTIONARY}`;
const SAVE_GROUPS = `
  WITH saved AS (INSERT INTO groups (id, group_id, name) SELECT id, key, name ${FROM_DICTIONARY})
  INSERT INTO group_names (group_ref, name, valid_from) SELECT id, name, $4::timestamptz ${FROM_DICTIONARY}`;

/** The rows of some users in columns, as `unnest` takes them. */
export class Rows {
  readonly #dictionaries: Dictionaries;
  readonly #people = columns(9);
  readonly #grants = columns(4);
  readonly #sources = columns(2);
  readonly #memberships = columns(2);

  constructor(dictionaries: Dictionaries) {
    this.#dictionaries = dictionaries;
  }

  get users(): number {
    return this.#people[0]?.length ?? 0;
  }

  add({ userInfo, canCreateBot, isDeveloper, roles, groups }: ReplyItem): void {
    const known = this.#dictionaries;
    known.people += 1;
    const person = known.people;
    const { userId, emailId, firstName, lastName, status, lastLogin } = userInfo;
    const shown = [emailId.toLowerCase(), firstName.trim(), lastName.trim(), status];
    push(this.#people, person, userId, ...shown, canCreateBot, isDeveloper, lastLogin);
    for (const { groupId, groupName } of groups) {
      const group = known.groups.idOf(groupId, groupName);
      known.groupsByName.set(groupName, group);
      push(this.#memberships, person, group);
    }
    for (const { roleId, roleName, botId, botName, groups: via } of roles.btRoles) {
      known.grants += 1;
      const role = known.roles.idOf(roleId, roleName);
      push(this.#grants, known.grants, person, role, known.bots.idOf(botId, botName));
      if (via.length === 0) push(this.#sources, known.grants, null);
      for (const name of via) push(this.#sources, known.grants, known.groupsByName.get(name));
    }
  }

  async save(pool: pg.Pool): Promise<void> {
    if (this.users === 0) return;
    const { asOf } = this.#dictionaries;
    const connection = await pool.connect();
    const save = async (name: keyof typeof SAVE, values: readonly unknown[]): Promise<unknown> =>
      connection.query({ name, text: SAVE[name], values: [...values, asOf] });
    try {
      await connection.query('BEGIN');
      await save('people', this.#people);
      await save('grants', this.#grants);
      await save('sources', this.#sources);
      await save('memberships', this.#memberships);
      await connection.query('COMMIT');
    } finally {
      connection.release();
    }
  }
}

type Columns = readonly unknown[][];

function columns(count: number): Columns {
  return Array.from({ length: count }, () => []);
}

function push(into: Columns, ...row: readonly unknown[]): void {
  for (const [index, column] of into.entries()) column.push(row[index]);
}

/** Four tables take a person's own fields, in one statement: a single round trip, and they travel once. */
const SAVE = {
  people: `
    WITH person AS (
      SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::boolean[],
                           $9::timestamptz[])
        AS p (id, user_id, email, first_name, last_name, status, can_create_bot, is_developer, last_login)
    ), in_users AS (
      INSERT INTO users (id, user_id, email, first_name, last_name, status, can_create_bot, is_developer,
                         bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
      SELECT id, user_id, email, first_name, last_name, status, can_create_bot, is_developer,
             true, true, true, true, $10::timestamptz FROM person
    ), in_versions AS (
      INSERT INTO user_versions (person_id, email, first_name, last_name, status, can_create_bot, is_developer, valid_from)
      SELECT id, email, first_name, last_name, status, can_create_bot, is_developer, $10::timestamptz FROM person
    ), in_addresses AS (
      INSERT INTO addresses (entry, entry_kind, person_id, absent, in_roster)
      SELECT email, 'email', id, false, true FROM person
    )
    INSERT INTO last_logins (person_id, last_login)
    SELECT id, last_login FROM person WHERE last_login IS NOT NULL`,
  grants: `
    INSERT INTO role_grants (id, person_id, role_ref, bot_ref, valid_from)
    SELECT *, $5::timestamptz FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[])`,
  sources: `
    INSERT INTO grant_sources (grant_id, group_ref, valid_from)
    SELECT *, $3::timestamptz FROM unnest($1::bigint[], $2::int[])`,
  memberships: `
    INSERT INTO group_memberships (person_id, group_ref, valid_from)
    SELECT *, $3::timestamptz FROM unnest($1::int[], $2::int[])`,
} as const;

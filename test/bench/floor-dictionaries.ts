import type pg from 'pg';

/** Ids of roles, bots and groups, handed out when first named; and those of people and grants. */
export class Dictionaries {
  readonly roles = new Dictionary();
  readonly bots = new Dictionary();
  readonly groups = new Dictionary();
  readonly groupsByName = new Map<string, number>();
  readonly asOf = new Date();
  people = 0;
  grants = 0;

  /** What earlier nights left there. */
  static async load(pool: pg.Pool): Promise<Dictionaries> {
    const known = new Dictionaries();
    const load = async (sql: string): Promise<readonly Entry[]> => (await pool.query<Entry>(sql)).rows;
    known.roles.fill(await load('SELECT id, role_id AS key, name FROM roles'));
    known.bots.fill(await load('SELECT id, bot_id AS key, name FROM bots'));
    known.groups.fill(await load('SELECT id, group_id AS key, name FROM groups'));
    for (const { id, name } of known.groups.list) known.groupsByName.set(name, id);
    const { rows } = await pool.query<{ people: number; grants: string }>(
      `SELECT coalesce((SELECT max(id) FROM users), 0) AS people, coalesce((SELECT max(id) FROM role_grants), 0) AS grants`,
    );
    known.people = rows[0]?.people ?? 0;
    known.grants = Number(rows[0]?.grants ?? 0);
    return known;
  }

  async save(pool: pg.Pool): Promise<void> {
    const save = async (sql: string, { added }: Dictionary): Promise<unknown> =>
      pool.query(sql, [
        added.map(({ id }) => id),
        added.map(({ key }) => key),
        added.map(({ name }) => name),
        this.asOf,
      ]);
    await save(SAVE_ROLES, this.roles);
    await save(SAVE_BOTS, this.bots);
    await save(SAVE_GROUPS, this.groups);
  }
}

interface Entry {
  readonly id: number;
  readonly key: string;
  readonly name: string;
}

class Dictionary {
  readonly list: Entry[] = [];
  readonly #ids = new Map<string, number>();
  #known = 0;

  get added(): readonly Entry[] {
    return this.list.slice(this.#known);
  }

  fill(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.list.push(entry);
      this.#ids.set(entry.key, entry.id);
    }
    this.#known = this.list.length;
  }

  idOf(key: string, name: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.list.length + 1;
    this.list.push({ id, key, name });
    this.#ids.set(key, id);
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

import type pg from 'pg';
import { Access, Columns, shownOf } from './floor-columns.ts';
import type { Dictionaries } from './floor-dictionaries.ts';
import type { ReplyItem } from './reply.ts';

/** People who were not known: everybody in a baseline, a few in any other night. */
export class NewPeople {
  readonly #known: Dictionaries;
  readonly #people = new Columns(10);
  readonly #access = new Access();

  constructor(known: Dictionaries) {
    this.#known = known;
  }

  add(item: ReplyItem, hash: string): void {
    this.#known.people += 1;
    const person = this.#known.people;
    const { userId, lastLogin } = item.userInfo;
    this.#people.add(person, userId, ...shownOf(item), lastLogin, hash);
    this.#access.add(this.#known, person, item);
  }

  async save(connection: pg.ClientBase): Promise<void> {
    if (this.#people.rows === 0) return;
    const { asOf } = this.#known;
    const save = async (name: keyof typeof SAVE, { values }: Columns): Promise<unknown> =>
      connection.query({ name: `new ${name}`, text: SAVE[name], values: [...values, asOf] });
    await save('people', this.#people);
    await save('grants', this.#access.grants);
    await save('sources', this.#access.sources);
    await save('memberships', this.#access.memberships);
  }
}

/** Four tables take a person's own fields, in one statement: a single round trip, and they travel once. */
const SAVE = {
  people: `
    WITH person AS (
      SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::boolean[],
                           $9::timestamptz[], $10::text[])
        AS p (id, user_id, email, first_name, last_name, status, can_create_bot, is_developer, last_login, hash)
    ), in_users AS (
      INSERT INTO users (id, user_id, email, first_name, last_name, status, can_create_bot, is_developer, hash,
                         bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
      SELECT id, user_id, email, first_name, last_name, status, can_create_bot, is_developer, decode(hash, 'hex'),
             true, true, true, true, $11::timestamptz FROM person
    ), in_versions AS (
      INSERT INTO user_versions (person_id, email, first_name, last_name, status, can_create_bot, is_developer, valid_from)
      SELECT id, email, first_name, last_name, status, can_create_bot, is_developer, $11::timestamptz FROM person
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

import { hash } from 'node:crypto';
import type pg from 'pg';
import { Access, Columns, shownOf } from './floor-columns.ts';
import type { Dictionaries } from './floor-dictionaries.ts';
import type { ReplyItem } from './reply.ts';

export interface KnownPerson {
  readonly entry: string;
  readonly id: number;
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly lastLogin: number | null;
}

/** Everything that is compared but the last login, in a few bytes. */
export function fingerprint({ canCreateBot, isDeveloper, userInfo, roles, groups }: ReplyItem): string {
  const { firstName, lastName, status } = userInfo;
  const compared = [canCreateBot, isDeveloper, firstName, lastName, status, roles.btRoles, groups];
  return hash('md5', JSON.stringify(compared));
}

/** Who is current behind these addresses. */
export async function loadKnown(pool: pg.Pool, entries: readonly string[]): Promise<KnownPerson[]> {
  const { rows } = await pool.query<KnownPerson>({ name: 'known', text: LOAD_KNOWN, values: [entries] });
  return rows;
}

const LOAD_KNOWN = `
  SELECT a.entry, u.id, encode(u.hash, 'hex') AS hash, extract(epoch FROM l.last_login)::float8 * 1000 AS "lastLogin"
    FROM addresses a
    JOIN users u ON u.id = a.person_id AND u.removed_at IS NULL
    LEFT JOIN last_logins l ON l.person_id = u.id
   WHERE a.entry = ANY($1)`;

/** Current people whom the roster leaves out: everybody asks about them as well. */
export async function loadUnrostered(pool: pg.Pool, roster: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ entry: string }>(
    `SELECT a.entry FROM addresses a JOIN users u ON u.id = a.person_id AND u.removed_at IS NULL
      WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) AS r (entry) WHERE r.entry = a.entry)`,
    [roster],
  );
  return rows.map(({ entry }) => entry);
}

/** Known people about whom something is different: history moves forward, as the product's does. */
export class KnownPeople {
  readonly #known: Dictionaries;
  readonly #changed = new Columns(8);
  readonly #access = new Access();
  readonly #logins = new Columns(2);
  readonly #removed = new Columns(3);

  constructor(known: Dictionaries) {
    this.#known = known;
  }

  compare(person: KnownPerson, item: ReplyItem, hashed: string): void {
    const { lastLogin } = item.userInfo;
    if (lastLogin !== null && Date.parse(lastLogin) !== person.lastLogin)
      this.#logins.add(person.id, lastLogin);
    if (hashed === person.hash) return;
    this.#changed.add(person.id, ...shownOf(item), hashed);
    this.#access.add(this.#known, person.id, item);
  }

  remove({ id, entry }: KnownPerson, isRostered: boolean): void {
    this.#removed.add(id, entry, isRostered);
  }

  async save(connection: pg.ClientBase): Promise<void> {
    const { asOf } = this.#known;
    const save = async (name: keyof typeof SAVE, ...columns: readonly Columns[]): Promise<unknown> =>
      connection.query({
        name: `known ${name}`,
        text: SAVE[name],
        values: [...columns.flatMap(({ values }) => values), ...(name === 'logins' ? [] : [asOf])],
      });
    if (this.#logins.rows > 0) await save('logins', this.#logins);
    if (this.#removed.rows > 0) await save('removed', this.#removed);
    if (this.#changed.rows + this.#removed.rows === 0) return;
    await save('changed', this.#changed);
    const touched = new Columns(1);
    for (const { values } of [this.#changed, this.#removed])
      for (const id of values[0] ?? []) touched.add(id);
    const { grants, sources, memberships } = this.#access;
    await save('lost', touched, grants);
    await save('grants', grants);
    await save('sources', grants, sources);
    await save('left', touched, memberships);
    await save('joined', memberships);
  }
}

const SHOWN = 'email, first_name, last_name, status, can_create_bot, is_developer';
const of = (alias: string): string => `(${alias}.${SHOWN.replaceAll(', ', `, ${alias}.`)})`;

const SAVE = {
  logins: `
    INSERT INTO last_logins (person_id, last_login) SELECT * FROM unnest($1::int[], $2::timestamptz[])
    ON CONFLICT (person_id) DO UPDATE SET last_login = excluded.last_login`,
  removed: `
    WITH gone AS (
      SELECT * FROM unnest($1::int[], $2::text[], $3::boolean[]) AS p (id, entry, is_rostered)
    ), in_users AS (
      UPDATE users u SET removed_at = $4::timestamptz FROM gone WHERE u.id = gone.id
    ), in_versions AS (
      UPDATE user_versions v SET valid_to = $4 FROM gone WHERE v.person_id = gone.id AND v.valid_to IS NULL
    )
    UPDATE addresses a SET absent = true, in_roster = gone.is_rostered FROM gone WHERE a.entry = gone.entry`,
  changed: `
    WITH p AS (
      SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::text[])
        AS p (id, ${SHOWN}, hash)
    ), in_users AS (
      UPDATE users u SET (${SHOWN}, hash) = (SELECT ${SHOWN}, decode(hash, 'hex') FROM p WHERE p.id = u.id)
       WHERE u.id = ANY($1)
    ), closed AS (
      UPDATE user_versions v SET valid_to = $9::timestamptz FROM p
       WHERE v.person_id = p.id AND v.valid_to IS NULL AND ${of('v')} IS DISTINCT FROM ${of('p')}
      RETURNING v.person_id
    )
    INSERT INTO user_versions (person_id, ${SHOWN}, valid_from)
    SELECT p.id, ${SHOWN}, $9 FROM p JOIN closed ON closed.person_id = p.id`,
  lost: `
    WITH held AS (SELECT * FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[]) AS h (id, person_id, role_ref, bot_ref)),
    closed AS (
      UPDATE role_grants g SET valid_to = $6::timestamptz
       WHERE g.person_id = ANY($1::int[]) AND g.valid_to IS NULL
         AND NOT EXISTS (SELECT FROM held h WHERE (h.person_id, h.role_ref, h.bot_ref) = (g.person_id, g.role_ref, g.bot_ref))
      RETURNING g.id
    )
    UPDATE grant_sources s SET valid_to = $6 FROM closed WHERE s.grant_id = closed.id AND s.valid_to IS NULL`,
  grants: `
    INSERT INTO role_grants (id, person_id, role_ref, bot_ref, valid_from)
    SELECT h.*, $5::timestamptz FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) AS h (id, person_id, role_ref, bot_ref)
     WHERE NOT EXISTS (SELECT FROM role_grants g
                        WHERE (g.person_id, g.role_ref, g.bot_ref) = (h.person_id, h.role_ref, h.bot_ref) AND g.valid_to IS NULL)`,
  sources: `
    WITH held AS (
      SELECT g.id AS grant_id, s.group_ref
        FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) AS h (id, person_id, role_ref, bot_ref)
        JOIN role_grants g ON (g.person_id, g.role_ref, g.bot_ref) = (h.person_id, h.role_ref, h.bot_ref) AND g.valid_to IS NULL
        JOIN unnest($5::bigint[], $6::int[]) AS s (id, group_ref) ON s.id = h.id
    ), closed AS (
      UPDATE grant_sources s SET valid_to = $7::timestamptz
       WHERE s.grant_id IN (SELECT grant_id FROM held) AND s.valid_to IS NULL
         AND NOT EXISTS (SELECT FROM held h WHERE h.grant_id = s.grant_id AND h.group_ref IS NOT DISTINCT FROM s.group_ref)
    )
    INSERT INTO grant_sources (grant_id, group_ref, valid_from)
    SELECT h.grant_id, h.group_ref, $7 FROM held h
     WHERE NOT EXISTS (SELECT FROM grant_sources s
                        WHERE s.grant_id = h.grant_id AND s.group_ref IS NOT DISTINCT FROM h.group_ref AND s.valid_to IS NULL)`,
  left: `
    UPDATE group_memberships m SET valid_to = $4::timestamptz
     WHERE m.person_id = ANY($1::int[]) AND m.valid_to IS NULL
       AND NOT EXISTS (SELECT FROM unnest($2::int[], $3::int[]) AS h (person_id, group_ref)
                        WHERE (h.person_id, h.group_ref) = (m.person_id, m.group_ref))`,
  joined: `
    INSERT INTO group_memberships (person_id, group_ref, valid_from)
    SELECT h.*, $3::timestamptz FROM unnest($1::int[], $2::int[]) AS h (person_id, group_ref)
     WHERE NOT EXISTS (SELECT FROM group_memberships m
                        WHERE (m.person_id, m.group_ref) = (h.person_id, h.group_ref) AND m.valid_to IS NULL)`,
} as const;

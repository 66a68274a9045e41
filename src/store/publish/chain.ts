import type { Queryable } from '../database.ts';

/**
 * Links every published run that has no link yet into the hash chain, in their order: tonight's, and before it
 * those that an older version published. After the run is marked as published, in the same transaction.
 *
 * A link covers the one before it, the run's own row, and a salted digest of everything the run said. Idempotent.
 */
export async function linkRuns(connection: Queryable): Promise<void> {
  const { rows } = await connection.query<{ id: string; baseline: boolean }>(UNLINKED);
  for (const { id, baseline } of rows) {
    if (baseline) await connection.query(JOIN_BY_MERGING);
    for (const digest of baseline ? [DIGEST_NAMES, DIGEST_PEOPLE] : [DIGEST_CHANGES]) {
      await connection.query(digest, [id]);
    }
    await connection.query(INSERT_LINK, [id]);
  }
}

/**
 * What a baseline said lies in the order of its people, and is merged in it, without hash tables. Until the transaction ends: what
 * follows joins a few rows.
 */
const JOIN_BY_MERGING = `SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_nestloop', 'off', true)`;

const UNLINKED = `
  SELECT r.id, r.base_id IS NULL AS baseline FROM runs r
   WHERE r.status = 'published' AND NOT EXISTS (SELECT FROM run_links l WHERE l.run_id = r.id)
   ORDER BY r.as_of`;

/** Microseconds, whatever the time zone of whoever computes them. */
const instant = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

/**
 * The canonical forms. A change of one is a change of every hash: a later version that needs another form must
 * go on verifying old links by the form they were made with.
 */

/** What a change `c` says. */
export const CHANGE_CONTENT = `
  jsonb_build_array(c.kind, c.user_id, c.email, ${instant('c.not_before')}, c.scope, c.role_id, c.role_name, c.bot_id,
                    c.bot_name, c.group_id, c.group_name, c.task_kind, c.task_id, c.before, c.after, c.detail)::text`;

/**
 * From when what run `$1` said holds. Looked up beforehand, not joined: statistics of `runs` that were taken while its only
 * row was open say that no `as_of` equals anything, and whoever verifies would join a million people row by row.
 */
const ITS_INSTANT = '(SELECT as_of FROM runs WHERE id = $1)';

/**
 * What the baseline `$1` said of each person: `subject, user_id, content`. What began then keeps its `valid_from`
 * for ever. Roles, bots and groups by our own numbers, which `NAMES_CONTENT` ties to Kore.ai's ids.
 */
export const PEOPLE_CONTENT = `
  SELECT u.id::bigint AS subject, u.user_id,
         jsonb_build_array(u.user_id, v.email, v.first_name, v.last_name, v.status, v.can_create_bot, v.is_developer,
                           g.list, m.list, t.list)::text AS content
    FROM user_versions v
    JOIN users u ON u.id = v.person_id
    LEFT JOIN (
      SELECT g.person_id, string_agg(concat_ws(':', g.role_ref, coalesce(g.bot_ref, 0), s.list), ',' ORDER BY g.role_ref, g.bot_ref) AS list
        FROM role_grants g
        LEFT JOIN (
          SELECT grant_id, string_agg(coalesce(group_ref, 0)::text, '+' ORDER BY group_ref) AS list
            FROM grant_sources WHERE valid_from = ${ITS_INSTANT} GROUP BY grant_id
        ) s ON s.grant_id = g.id
       WHERE g.valid_from = ${ITS_INSTANT} GROUP BY g.person_id
    ) g ON g.person_id = u.id
    LEFT JOIN (
      SELECT person_id, string_agg(group_ref::text, ',' ORDER BY group_ref) AS list
        FROM group_memberships WHERE valid_from = ${ITS_INSTANT} GROUP BY person_id
    ) m ON m.person_id = u.id
    LEFT JOIN (
      SELECT person_id, jsonb_agg(jsonb_build_array(bot_ref, task_kind, task_id)
                                  ORDER BY bot_ref, task_kind, task_id COLLATE "C") AS list
        FROM task_assignments WHERE valid_from = ${ITS_INSTANT} GROUP BY person_id
    ) t ON t.person_id = u.id
   WHERE v.valid_from = ${ITS_INSTANT}`;

/** What the baseline `$1` called everything. */
export const NAMES_CONTENT = `
  SELECT jsonb_agg(jsonb_build_array(n.thing, n.id, n.key, n.scope, n.name) ORDER BY n.thing, n.id)::text AS content
    FROM runs r
    JOIN (SELECT 'role' AS thing, d.id, d.role_id AS key, d.scope::text, n.name, n.valid_from
            FROM role_names n JOIN roles d ON d.id = n.role_ref
          UNION ALL
          SELECT 'bot', d.id, d.bot_id, NULL, n.name, n.valid_from FROM bot_names n JOIN bots d ON d.id = n.bot_ref
          UNION ALL
          SELECT 'group', d.id, d.group_id, NULL, n.name, n.valid_from FROM group_names n JOIN groups d ON d.id = n.group_ref
         ) n ON n.valid_from = r.as_of
   WHERE r.id = $1`;

/** What the row of a run `r` says of it. */
const RUN_CONTENT = `
  jsonb_build_array('kore-sync chain 1', r.id, r.key, r.trigger, r.scope, r.dry_run, r.parent_id, r.base_id, ${instant('r.opened_at')},
                    ${instant('r.planned_at')}, ${instant('r.as_of')}, ${instant('r.published_at')}, r.plan_hash, r.reasons,
                    r.entries, r.rejected, r.duplicates, r.found, r.absent, r.unanswered, r.coverage, r.changes,
                    r.changes_by_kind, r.figures, r.alert_rules, r.decided_by, ${instant('r.decided_at')}, r.decision_reason)::text`;

export const RUN_FACTS = `sha256(convert_to(${RUN_CONTENT}, 'UTF8'))`;

/** The salt keeps anybody from finding out by trial what an erased digest was of. */
export const digestOf = (salt: string, content: string): string =>
  `sha256(uuid_send(${salt}) || convert_to(${content}, 'UTF8'))`;

/** One digest over all digests of each run, as `run_id, item_count, items`; in two steps, for the memory of the server. */
export const itemsOf = (condition: string): string => `
  SELECT run_id, sum(n)::bigint AS item_count, sha256(string_agg(part, '' ORDER BY bucket)) AS items
    FROM (SELECT run_id, subject / 4096 AS bucket, count(*) AS n, sha256(string_agg(digest, '' ORDER BY subject)) AS part
            FROM digests WHERE ${condition} GROUP BY run_id, subject / 4096) parts
   GROUP BY run_id`;

/** Of a run without a single change. */
export const NO_ITEMS = `sha256('')`;

/** `previous` of the first run is null. */
export const linkOf = (previous: string, facts: string, items: string): string =>
  `sha256(coalesce(${previous}, '') || ${facts} || ${items})`;

/** Drawn in a subquery of its own, a salt is drawn once: nobody merges it with the query around it while it has an offset. */
const insertDigests = (contents: string): string => `
  INSERT INTO digests (run_id, subject, salt, digest)
  SELECT $1, subject, salt, ${digestOf('salt', 'content')}
    FROM (SELECT i.subject, i.content, gen_random_uuid() AS salt FROM (${contents}) i OFFSET 0) salted
   ORDER BY subject`;

const DIGEST_CHANGES = insertDigests(
  `SELECT c.id AS subject, ${CHANGE_CONTENT} AS content FROM changes c WHERE c.run_id = $1`,
);
const DIGEST_PEOPLE = insertDigests(PEOPLE_CONTENT);
const DIGEST_NAMES = insertDigests(
  `SELECT 0 AS subject, coalesce(n.content, '') AS content FROM (${NAMES_CONTENT}) n`,
);

const INSERT_LINK = `
  INSERT INTO run_links (run_id, previous, facts, items, item_count, link)
  SELECT r.id, p.link, h.facts, h.items, h.item_count, ${linkOf('p.link', 'h.facts', 'h.items')}
    FROM runs r
    LEFT JOIN LATERAL (
      SELECT l.link FROM run_links l JOIN runs before ON before.id = l.run_id
       WHERE before.as_of < r.as_of ORDER BY before.as_of DESC LIMIT 1
    ) p ON true
    LEFT JOIN (${itemsOf('run_id = $1')}) i ON i.run_id = r.id
    CROSS JOIN LATERAL (
      SELECT ${RUN_FACTS} AS facts, coalesce(i.items, ${NO_ITEMS}) AS items, coalesce(i.item_count, 0) AS item_count
    ) h
   WHERE r.id = $1`;

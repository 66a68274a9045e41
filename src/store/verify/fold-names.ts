import { difference, NIGHTS, type Check } from './check.ts';

const THINGS = [
  {
    thing: 'role',
    table: 'roles',
    names: 'role_names',
    ref: 'role_ref',
    id: 'role_id',
    scope: 'd.scope::text',
  },
  { thing: 'bot', table: 'bots', names: 'bot_names', ref: 'bot_ref', id: 'bot_id', scope: 'NULL' },
  { thing: 'group', table: 'groups', names: 'group_names', ref: 'group_ref', id: 'group_id', scope: 'NULL' },
] as const;

const NAMED = THINGS.map(
  ({ thing, table, names, ref, id, scope }) => `
  SELECT '${thing}' AS thing, '${names}' AS source, d.id, d.${id} AS key, ${scope} AS scope, d.name AS current, n.name, n.valid_from, n.valid_to
    FROM ${table} d LEFT JOIN ${names} n ON n.${ref} = d.id`,
).join(' UNION ALL ');

const RENAMES = THINGS.map(
  ({ thing, id }) => `
  SELECT '${thing}' AS thing, c.${id} AS key, c.scope::text AS scope, p.as_of AS at, c.before #>> '{}' AS before, c.after #>> '{}' AS after
    FROM changes c JOIN published p ON p.id = c.run_id WHERE c.kind = '${thing}_renamed'`,
).join(' UNION ALL ');

/** Every name a change gave to something until the night that first showed it. */
const FIRST_SAID = THINGS.map(
  ({ thing, id }) => `
  SELECT DISTINCT '${thing}' AS thing, c.${id} AS key, ${thing === 'role' ? 'c.scope::text' : 'NULL'} AS scope, p.as_of AS at, c.${thing}_name AS name
    FROM changes c JOIN published p ON p.id = c.run_id AND p.as_of <= (SELECT max(valid_from) FROM firsts)
   WHERE c.${id} IS NOT NULL AND c.kind NOT IN ('task_assigned', 'task_unassigned')`,
).join(' UNION ALL ');

/** I4: what things were called when, by the tables of names and by the audit log. */
export const NAME_CHECKS: readonly Check[] = [
  {
    name: 'names',
    counts: 'names of roles, bots and groups',
    sql: `
      WITH ${NIGHTS}, named AS (${NAMED}), spans AS (
        SELECT n.*, lead(n.valid_from) OVER w AS next FROM named n
        WINDOW w AS (PARTITION BY n.thing, n.id ORDER BY n.valid_from)
      )
      SELECT CASE
               WHEN valid_from IS NULL THEN ${inNames(`format('%s %s has no name in its history', thing, key)`)}
               WHEN valid_from NOT IN (SELECT as_of FROM published)
               THEN ${inNames(`format('the name of %s %s from %s begins with no published run', thing, key, valid_from)`)}
               WHEN valid_to IS DISTINCT FROM next
               THEN ${inNames(`format('the names of %s %s overlap or leave a gap at %s', thing, key, coalesce(next, valid_to))`)}
               WHEN valid_to IS NULL AND name IS DISTINCT FROM current
               THEN ${inNames(`format('%s %s has another name now than its history says', thing, key)`)}
             END AS difference
        FROM spans`,
  },
  {
    name: 'renames',
    counts: 'renames',
    sql: `
      WITH ${NIGHTS}, named AS (${NAMED}), spans AS (
        SELECT n.*, lag(n.name) OVER w AS was, row_number() OVER w = 1 AS is_first FROM named n WHERE n.valid_from IS NOT NULL
        WINDOW w AS (PARTITION BY n.thing, n.id ORDER BY n.valid_from)
      ), firsts AS MATERIALIZED (
        SELECT thing, key, scope, valid_from, name FROM spans WHERE is_first AND valid_from > (SELECT as_of FROM origin)
      ), events AS (
        SELECT thing, key, scope, valid_from AS at, was AS before, name AS after, 1 AS side FROM spans WHERE NOT is_first
        UNION ALL
        SELECT r.*, -1 FROM (${RENAMES}) r
      )
      SELECT CASE WHEN side <> 0 THEN ${difference({
        table: `thing || '_names'`,
        run: '(SELECT p.id FROM published p WHERE p.as_of = at)',
        detail: `format('the history and the audit log disagree on a rename of %s %s at %s', thing, key, at)`,
      })} END AS difference
        FROM (SELECT thing, key, scope, at, before, after, sum(side) AS side FROM events
               GROUP BY thing, key, scope, at, before, after) k
      UNION ALL
      SELECT CASE WHEN s.at < f.valid_from OR s.name IS DISTINCT FROM f.name THEN ${difference({
        table: `f.thing || '_names'`,
        run: '(SELECT p.id FROM published p WHERE p.as_of = f.valid_from)',
        detail: `format('the history and the audit log disagree on when %s %s was first seen, or what it was called then', f.thing, f.key)`,
      })} END
        FROM firsts f
        JOIN (${FIRST_SAID}) s ON s.thing = f.thing AND s.key = f.key AND s.scope IS NOT DISTINCT FROM f.scope AND s.at <= f.valid_from`,
  },
];

function inNames(detail: string): string {
  return difference({ table: 'source', detail });
}

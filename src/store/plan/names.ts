import type { Rename } from '../../core/planned-change.ts';
import type { Queryable } from '../database.ts';
import { LATEST_NIGHT } from '../latest-run.ts';
import { takenSnapshots } from '../taken-snapshots.ts';

/**
 * Settles on one name for every role, bot and group named tonight. Where a night shows two names for one
 * thing, the known one stands; for a thing never seen before, the smaller.
 *
 * A holder whom no snapshot mentions shows the known name. That holds because whoever shows another name, or
 * none, is given a hash no snapshot has: they are stored, and heard, again every night until they agree.
 */
export async function settleNames(connection: Queryable, runId: string): Promise<void> {
  await connection.query(`CREATE TEMP TABLE settled ON COMMIT DROP AS ${SETTLE_NAMES(runId)}`);
  await connection.query(
    'INSERT INTO planned_names (run_id, thing, key, scope, name) SELECT $1, thing, key, scope, name FROM settled',
    [runId],
  );
  await connection.query('ANALYZE planned_names');
  const { rows } = await connection.query<{ contested: boolean }>(
    'SELECT EXISTS (SELECT FROM settled WHERE contested) AS contested',
  );
  if (rows[0]?.contested === true) await connection.query(HEAR_AGAIN, [runId]);
}

/** The items of a list of tonight's snapshots, each as `r.item` beside its observation `o`. */
const itemsOf = (list: string, run: string): string => `
    FROM ${takenSnapshots(run)}
    CROSS JOIN LATERAL jsonb_array_elements(o.snapshot->'${list}'->'items') AS r (item)`;

/**
 * Every name in tonight's snapshots, as `thing, key, scope, name`, after the columns in `of`; `run` is an SQL
 * expression. Each comes once: a night names a few hundred things a million times.
 */
const namedIn = (run: string, of: '' | 'o.user_id, ' = ''): string => `
  SELECT DISTINCT ${of}'role'::named_thing AS thing, r.item->>'roleId' AS key, 'admin' AS scope, r.item->>'roleName' AS name
  ${itemsOf('adminRoles', run)}
  UNION ALL
  SELECT ${of}n.thing, n.key, n.scope, n.name
    FROM (SELECT DISTINCT ${of}r.item->>'roleId' AS role_id, r.item->>'roleName' AS role_name,
                 r.item->>'botId' AS bot_id, r.item->>'botName' AS bot_name ${itemsOf('botRoles', run)}) o
    CROSS JOIN LATERAL (VALUES ('role'::named_thing, o.role_id, 'bot', o.role_name),
                               ('bot', o.bot_id, '', o.bot_name)) AS n (thing, key, scope, name)
  UNION ALL
  SELECT DISTINCT ${of}'group'::named_thing, r.item->>'groupId', '', r.item->>'groupName' ${itemsOf('groups', run)}`;

/** Bots that no role names, and the tasks on which say nothing of their name. */
const botsOfTasks = (run: string): string => `
  SELECT 'bot'::named_thing, r.item->>'botId', '', NULL ${itemsOf('tasks', run)}`;

const KNOWN = `
  SELECT 'role'::named_thing AS thing, role_id AS key, scope::text AS scope, name, id FROM roles
  UNION ALL SELECT 'bot', bot_id, '', name, id FROM bots
  UNION ALL SELECT 'group', group_id, '', name, id FROM groups`;

const KNOWN_SINCE = `
  SELECT k.*, n.valid_from
    FROM (${KNOWN}) k
    JOIN (SELECT 'role'::named_thing AS thing, role_ref AS ref, valid_from FROM role_names WHERE valid_to IS NULL
          UNION ALL SELECT 'bot', bot_ref, valid_from FROM bot_names WHERE valid_to IS NULL
          UNION ALL SELECT 'group', group_ref, valid_from FROM group_names WHERE valid_to IS NULL) n
      ON n.thing = k.thing AND n.ref = k.id`;

/** Somebody holds the thing `k`, or is in it, and was found as known. */
const holderFoundAsKnown = (run: string): string => `
  EXISTS (
    SELECT FROM (
      SELECT person_id FROM role_grants WHERE k.thing = 'role' AND role_ref = k.id AND valid_to IS NULL
      UNION ALL
      SELECT person_id FROM role_grants WHERE k.thing = 'bot' AND bot_ref = k.id AND valid_to IS NULL
      UNION ALL
      SELECT person_id FROM group_memberships WHERE k.thing = 'group' AND group_ref = k.id AND valid_to IS NULL
    ) h LEFT JOIN planned_users p ON p.run_id = ${run} AND p.person_id = h.person_id
    WHERE p.user_id IS NULL OR p.fate = 'kept' AND p.entry IS NULL
  )`;

/** `CREATE TABLE AS` takes no parameters; run ids are bigints of our own. */
const SETTLE_NAMES = (runId: string): string => {
  const run = String(BigInt(runId));
  return `
  WITH observed AS (
    SELECT thing, key, scope, count(DISTINCT name) AS names, bool_or(name IS NULL) AS nameless,
           min(name COLLATE "C") AS name
      FROM (${namedIn(run)}) n GROUP BY thing, key, scope
  ), judged AS (
    SELECT o.*, k.name AS known,
           o.names > 1 OR o.names = 1 AND k.name <> o.name AND ${holderFoundAsKnown(run)} AS disputed
      FROM observed o LEFT JOIN (${KNOWN}) k ON k.thing = o.thing AND k.key = o.key AND k.scope = o.scope
  ), named AS (
    SELECT thing, key, scope, disputed, nameless,
           CASE WHEN disputed OR names = 0 THEN coalesce(known, name) ELSE name END AS name
      FROM judged
  )
  SELECT thing, key, scope, name, disputed OR nameless AND name IS NOT NULL AS contested FROM named
  UNION ALL
  SELECT DISTINCT t.*, false FROM (${botsOfTasks(run)}) AS t (thing, key, scope, name)
   WHERE NOT EXISTS (SELECT FROM named n WHERE n.thing = t.thing AND n.key = t.key)`;
};

const HEAR_AGAIN = `
  UPDATE planned_users p SET hash = sha256(p.hash)
    FROM (SELECT DISTINCT n.user_id
            FROM (${namedIn('$1', 'o.user_id, ')}) n
            JOIN settled s ON s.contested AND s.thing = n.thing AND s.key = n.key AND s.scope = n.scope
           WHERE n.name IS DISTINCT FROM s.name) other
   WHERE p.run_id = $1 AND p.user_id = other.user_id`;

/** Whoever holds the thing `k`, or is in it, with the list that names it; before tonight. */
const HOLDERS = `
  SELECT g.person_id, CASE k.scope WHEN 'admin' THEN 'adminRoles' ELSE 'botRoles' END AS part
    FROM role_grants g WHERE k.thing = 'role' AND g.role_ref = k.id AND g.valid_to IS NULL
  UNION ALL
  SELECT g.person_id, 'botRoles' FROM role_grants g WHERE k.thing = 'bot' AND g.bot_ref = k.id AND g.valid_to IS NULL
  UNION ALL
  SELECT m.person_id, 'groups' FROM group_memberships m WHERE k.thing = 'group' AND m.group_ref = k.id AND m.valid_to IS NULL`;

/**
 * The opening of the last run in which somebody showed the known name of the thing `k`: the latest night, if one of
 * its holders was confirmed then; else the last of the earlier ones that confirmed one of them, or the run that
 * first showed the name.
 */
const NAME_CONFIRMED = `
  CASE WHEN EXISTS (SELECT FROM (${HOLDERS}) h JOIN users u ON u.id = h.person_id
                     WHERE coalesce(NOT u.unobserved ? h.part, true)
                       AND NOT EXISTS (SELECT FROM unconfirmed c WHERE c.person_id = u.id AND c.valid_to IS NULL))
       THEN night.opened_at
       ELSE greatest(
         (SELECT r.opened_at FROM runs r WHERE r.status = 'published' AND r.as_of = k.valid_from),
         (SELECT max(r.opened_at) FROM (${HOLDERS}) h JOIN users u ON u.id = h.person_id
            JOIN unconfirmed c ON c.person_id = u.id AND c.valid_to IS NULL JOIN runs r ON r.id = c.last_confirmed
           WHERE coalesce(NOT u.unobserved ? h.part, true))) END`;

/** The renames of tonight: one change each, without a user. In a total order. */
export async function loadRenames(connection: Queryable, runId: string): Promise<readonly Rename[]> {
  const { rows } = await connection.query<Rename>(LOAD_RENAMES, [runId]);
  return rows;
}

const LOAD_RENAMES = `
  SELECT p.thing, p.key, p.scope, k.name AS before, p.name AS after,
         CASE WHEN k.name IS NOT NULL THEN (${NAME_CONFIRMED})::text END AS "notBefore"
    FROM planned_names p
    JOIN (${KNOWN_SINCE}) k ON k.thing = p.thing AND k.key = p.key AND k.scope = p.scope
   CROSS JOIN (${LATEST_NIGHT}) night
   WHERE p.run_id = $1 AND p.name IS DISTINCT FROM k.name AND p.name IS NOT NULL
   ORDER BY p.thing, p.key COLLATE "C", p.scope`;

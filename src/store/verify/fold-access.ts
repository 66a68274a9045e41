import { difference, NIGHTS, type Check } from './check.ts';

/**
 * I4: what began and ended after the baseline, by the tables of intervals and by the audit log, as steps of one up
 * and one down. Where the steps of both agree at every instant, the log folded over the baseline is the tables.
 */
export const ACCESS_CHECKS: readonly Check[] = [
  foldSteps({
    name: 'grants',
    counts: 'grants and revocations',
    table: 'role_grants',
    keys: ['scope', 'role_id', 'bot_id'],
    held: `
      SELECT u.user_id, i.valid_from, i.valid_to, r.scope::text, r.role_id, ${idOf('b.bot_id', 'i.bot_ref')} AS bot_id
        FROM role_grants i JOIN users u ON u.id = i.person_id JOIN roles r ON r.id = i.role_ref
        LEFT JOIN bots b ON b.id = i.bot_ref`,
    said: `
      SELECT c.user_id, c.run_id, CASE c.kind WHEN 'role_granted' THEN 1 ELSE -1 END AS step, c.scope::text, c.role_id, c.bot_id
        FROM changes c WHERE c.kind IN ('role_granted', 'role_revoked')`,
    what: `concat(k.scope, ' role ', k.role_id, ' on bot ' || k.bot_id)`,
  }),
  foldSteps({
    name: 'sources',
    counts: 'sources of grants that began or ended',
    table: 'grant_sources',
    keys: ['scope', 'role_id', 'bot_id', 'group_id'],
    held: `
      SELECT u.user_id, i.valid_from, i.valid_to, r.scope::text, r.role_id, ${idOf('b.bot_id', 'g.bot_ref')} AS bot_id,
             ${idOf('k.group_id', 'i.group_ref')} AS group_id
        FROM grant_sources i JOIN role_grants g ON g.id = i.grant_id
        JOIN users u ON u.id = g.person_id JOIN roles r ON r.id = g.role_ref
        LEFT JOIN bots b ON b.id = g.bot_ref LEFT JOIN groups k ON k.id = i.group_ref`,
    said: `
      SELECT c.user_id, c.run_id, s.step, c.scope::text, c.role_id, c.bot_id, e.group_id
        FROM changes c
        CROSS JOIN LATERAL (VALUES (1, c.detail->'after'), (-1, c.detail->'before')) AS s (step, sources)
        CROSS JOIN LATERAL (
          SELECT NULL::text AS group_id WHERE (s.sources->>'direct')::boolean
          UNION ALL
          SELECT jsonb_array_elements_text(
                   CASE jsonb_typeof(s.sources->'viaGroups') WHEN 'array' THEN s.sources->'viaGroups' ELSE '[]' END)
        ) e
       WHERE c.kind IN ('role_granted', 'role_revoked', 'role_source_changed') AND s.sources IS NOT NULL`,
    what: `concat(k.scope, ' role ', k.role_id, ' on bot ' || k.bot_id, coalesce(' through group ' || k.group_id, ' directly'))`,
  }),
  foldSteps({
    name: 'memberships',
    counts: 'groups joined or left',
    table: 'group_memberships',
    keys: ['group_id'],
    held: `
      SELECT u.user_id, i.valid_from, i.valid_to, g.group_id
        FROM group_memberships i JOIN users u ON u.id = i.person_id JOIN groups g ON g.id = i.group_ref`,
    said: `
      SELECT c.user_id, c.run_id, CASE c.kind WHEN 'group_joined' THEN 1 ELSE -1 END AS step, c.group_id
        FROM changes c WHERE c.kind IN ('group_joined', 'group_left')`,
    what: `concat('group ', k.group_id)`,
  }),
  foldSteps({
    name: 'tasks',
    counts: 'tasks assigned or unassigned',
    table: 'task_assignments',
    keys: ['bot_id', 'task_kind', 'task_id'],
    held: `
      SELECT u.user_id, i.valid_from, i.valid_to, b.bot_id, i.task_kind::text, i.task_id
        FROM task_assignments i JOIN users u ON u.id = i.person_id JOIN bots b ON b.id = i.bot_ref`,
    said: `
      SELECT c.user_id, c.run_id, CASE c.kind WHEN 'task_assigned' THEN 1 ELSE -1 END AS step, c.bot_id, c.task_kind::text, c.task_id
        FROM changes c WHERE c.kind IN ('task_assigned', 'task_unassigned')`,
    what: `concat(k.task_kind, ' task ', k.task_id, ' of bot ', k.bot_id)`,
  }),
];

/** Null where there is no reference; one that leads nowhere is not that. */
function idOf(id: string, reference: string): string {
  return `coalesce(${id}, 'number ' || ${reference})`;
}

interface Steps {
  readonly name: string;
  readonly counts: string;
  readonly table: string;
  readonly keys: readonly string[];
  /** `user_id, valid_from, valid_to` and the keys, of the intervals `i`. */
  readonly held: string;
  /** `user_id, run_id, step` and the keys. */
  readonly said: string;
  /** Describes a row `k` of keys. */
  readonly what: string;
}

function foldSteps({ name, counts, table, keys, held, said, what }: Steps): Check {
  const columns = ['user_id', ...keys].join(', ');
  const detail = `format('the history and the audit log disagree on whether this user got or lost %s at %s', ${what}, k.at)`;
  return {
    name,
    counts,
    sql: `
      WITH ${NIGHTS}, held AS (${held} WHERE i.valid_from > (SELECT as_of FROM origin) OR i.valid_to IS NOT NULL),
      steps AS (
        SELECT ${columns}, valid_from AS at, 1 AS step FROM held WHERE valid_from > (SELECT as_of FROM origin)
        UNION ALL
        SELECT ${columns}, valid_to, -1 FROM held WHERE valid_to IS NOT NULL
        UNION ALL
        SELECT ${columns}, p.as_of, -step FROM (${said}) s JOIN published p ON p.id = s.run_id
      )
      SELECT CASE WHEN k.step <> 0 THEN ${difference({ table: `'${table}'`, run: '(SELECT p.id FROM published p WHERE p.as_of = k.at)', user: 'k.user_id', detail })} END AS difference
        FROM (SELECT ${columns}, at, sum(step) AS step FROM steps GROUP BY ${columns}, at) k`,
  };
}

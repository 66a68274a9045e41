import { takenSnapshots } from '../taken-snapshots.ts';
import type { Night } from './night.ts';

/**
 * Grants with their sources, memberships and tasks: history moves forward by the planned changes (I4).
 * The baseline, which has no changes, opens it from the snapshots.
 */
export async function publishAccess(night: Night): Promise<void> {
  const { connection, runId, asOf, baseline } = night;
  const opened = baseline ? OPENED_BY_SNAPSHOTS : OPENED_BY_CHANGES;
  if (!baseline) {
    for (const close of CLOSE) await connection.query(close, [runId, asOf]);
  }
  await connection.query(CREATE_OPENED_GRANTS);
  await connection.query(gatherGrants(opened.grants), [runId]);
  await connection.query('ANALYZE opened_grants');
  await connection.query(insertNamedGroups(SOURCES_OPENED));
  if (!baseline) await connection.query(insertNamedGroups(SOURCES_CHANGED), [runId]);
  await connection.query(
    `INSERT INTO group_names (group_ref, name, valid_from)
    SELECT g.id, g.name, $1::timestamptz FROM groups g WHERE NOT EXISTS (SELECT FROM group_names n WHERE n.group_ref = g.id)`,
    [asOf],
  );
  await connection.query(INSERT_GRANTS, [asOf]);
  await connection.query(OPEN_SOURCES, [asOf]);
  if (!baseline) await connection.query(OPEN_OTHER_SOURCES, [runId, asOf]);
  await connection.query(insertMemberships(opened.memberships), [runId, asOf]);
  await connection.query(insertTasks(opened.tasks), [runId, asOf]);
}

/** Where what begins tonight comes from: queries over run `$1`. */
interface Opened {
  /** `user_id, scope, role_id, bot_id, sources`, the sources as `opened_grants` has them. */
  readonly grants: string;
  readonly memberships: string;
  readonly tasks: string;
}

/** Group ids, and a null where the grant is held directly. */
const SOURCES_AFTER = `
  ARRAY(SELECT NULL::text WHERE (n.detail->'after'->>'direct')::boolean
        UNION ALL
        SELECT jsonb_array_elements_text(
          CASE jsonb_typeof(n.detail->'after'->'viaGroups') WHEN 'array' THEN n.detail->'after'->'viaGroups' ELSE '[]' END))`;

const OPENED_BY_CHANGES: Opened = {
  grants: `SELECT n.user_id, n.scope, n.role_id, n.bot_id, ${SOURCES_AFTER} AS sources
             FROM planned_changes n WHERE n.run_id = $1 AND n.kind = 'role_granted'`,
  memberships: `SELECT user_id, group_id FROM planned_changes WHERE run_id = $1 AND kind = 'group_joined'`,
  tasks: `SELECT user_id, bot_id, task_kind, task_id FROM planned_changes WHERE run_id = $1 AND kind = 'task_assigned'`,
};

const SNAPSHOTS = takenSnapshots('$1');

/** As `sourcesOf` in core/diff.ts has it: names become the ids of the user's own groups. */
const SNAPSHOT_SOURCES = `
  CASE WHEN r.item->'viaGroupNames' = '[]' THEN ARRAY[NULL::text]
       WHEN r.item ? 'viaGroupNames' THEN
         ARRAY(SELECT NULL::text WHERE (r.item->>'direct')::boolean
               UNION
               SELECT coalesce((SELECT min(g.item->>'groupId' COLLATE "C")
                                  FROM jsonb_array_elements(o.snapshot->'groups'->'items') AS g (item)
                                 WHERE g.item->>'groupName' = v.name), 'name:' || v.name)
                 FROM jsonb_array_elements_text(r.item->'viaGroupNames') AS v (name)) END`;

/** With an offset nobody merges them with the query around them, whose joins would carry every snapshot as a whole. */
const OPENED_BY_SNAPSHOTS: Opened = {
  grants: `
    SELECT o.user_id, r.scope, r.item->>'roleId' AS role_id, r.item->>'botId' AS bot_id, ${SNAPSHOT_SOURCES} AS sources
      FROM ${SNAPSHOTS},
           LATERAL (SELECT 'admin'::grant_scope, jsonb_array_elements(o.snapshot->'adminRoles'->'items')
                    UNION ALL
                    SELECT 'bot', jsonb_array_elements(o.snapshot->'botRoles'->'items')) AS r (scope, item)
    OFFSET 0`,
  memberships: `
    SELECT o.user_id, g.item->>'groupId' AS group_id
      FROM ${SNAPSHOTS}, LATERAL jsonb_array_elements(o.snapshot->'groups'->'items') AS g (item)
    OFFSET 0`,
  tasks: `
    SELECT o.user_id, t.item->>'botId' AS bot_id, k.kind::task_kind AS task_kind, i.task_id
      FROM ${SNAPSHOTS},
           LATERAL jsonb_array_elements(o.snapshot->'tasks'->'items') AS t (item),
           LATERAL jsonb_each(t.item->'taskIds') AS k (kind, ids),
           LATERAL jsonb_array_elements_text(k.ids) AS i (task_id)
    OFFSET 0`,
};

/** The grants that begin tonight, under the ids they will have: a baseline takes them out of the snapshots once. */
const CREATE_OPENED_GRANTS = `
  CREATE TEMP TABLE opened_grants (id bigint, person_id int, role_ref int, bot_ref int, sources text[]) ON COMMIT DROP`;

const GRANT_REFS = `
    JOIN users u ON u.user_id = n.user_id
    JOIN roles r ON r.role_id = n.role_id AND r.scope = n.scope
    LEFT JOIN bots b ON b.bot_id = n.bot_id`;

const gatherGrants = (grants: string): string => `
  INSERT INTO opened_grants
  SELECT nextval('role_grants_id_seq'), g.*
    FROM (SELECT u.id, r.id, b.id, n.sources FROM (${grants}) n ${GRANT_REFS} ORDER BY u.id) g`;

const OPEN_GRANT = `
    JOIN role_grants h ON h.person_id = u.id AND h.role_ref = r.id AND h.bot_ref IS NOT DISTINCT FROM b.id AND h.valid_to IS NULL`;

/** `grant_id, source` of the grants that begin tonight. */
const SOURCES_OPENED = 'SELECT id AS grant_id, unnest(sources) AS source FROM opened_grants';

/** The same of those that go on with other sources than before. */
const SOURCES_CHANGED = `
  SELECT h.id AS grant_id, unnest(${SOURCES_AFTER}) AS source FROM planned_changes n ${GRANT_REFS} ${OPEN_GRANT}
   WHERE n.run_id = $1 AND n.kind = 'role_source_changed'`;

/** Groups that a role named and no list of groups identifies. */
const insertNamedGroups = (sources: string): string => `
  INSERT INTO groups (group_id, name)
  SELECT DISTINCT s.source, substring(s.source FROM '^name:(.*)$') FROM (${sources}) s WHERE s.source LIKE 'name:%'
  ON CONFLICT (group_id) DO NOTHING`;

const INSERT_GRANTS = `
  INSERT INTO role_grants (id, person_id, role_ref, bot_ref, valid_from)
  SELECT id, person_id, role_ref, bot_ref, $1::timestamptz FROM opened_grants`;

const OPEN_SOURCES = `
  INSERT INTO grant_sources (grant_id, group_ref, valid_from)
  SELECT s.grant_id, k.id, $1::timestamptz FROM (${SOURCES_OPENED}) s LEFT JOIN groups k ON k.group_id = s.source`;

/** Those that are not open yet. */
const OPEN_OTHER_SOURCES = `
  INSERT INTO grant_sources (grant_id, group_ref, valid_from)
  SELECT s.grant_id, k.id, $2::timestamptz
    FROM (${SOURCES_CHANGED}) s LEFT JOIN groups k ON k.group_id = s.source
   WHERE NOT EXISTS (SELECT FROM grant_sources e
                      WHERE e.grant_id = s.grant_id AND e.group_ref IS NOT DISTINCT FROM k.id AND e.valid_to IS NULL)`;

const insertMemberships = (memberships: string): string => `
  INSERT INTO group_memberships (person_id, group_ref, valid_from)
  SELECT u.id, g.id, $2::timestamptz
    FROM (${memberships}) n JOIN users u ON u.user_id = n.user_id JOIN groups g ON g.group_id = n.group_id
   ORDER BY u.id`;

const insertTasks = (tasks: string): string => `
  INSERT INTO task_assignments (person_id, bot_ref, task_kind, task_id, valid_from)
  SELECT u.id, b.id, n.task_kind, n.task_id, $2::timestamptz
    FROM (${tasks}) n JOIN users u ON u.user_id = n.user_id JOIN bots b ON b.bot_id = n.bot_id
   ORDER BY u.id`;

const CLOSE_GRANTS = `
  WITH closed AS (
    UPDATE role_grants h SET valid_to = $2
      FROM planned_changes n ${GRANT_REFS}
     WHERE n.run_id = $1 AND n.kind = 'role_revoked'
       AND h.person_id = u.id AND h.role_ref = r.id AND h.bot_ref IS NOT DISTINCT FROM b.id AND h.valid_to IS NULL
    RETURNING h.id
  )
  UPDATE grant_sources s SET valid_to = $2 FROM closed WHERE s.grant_id = closed.id AND s.valid_to IS NULL`;

const CLOSE_SOURCES = `
  UPDATE grant_sources s SET valid_to = $2
    FROM planned_changes n ${GRANT_REFS} ${OPEN_GRANT}
    JOIN grant_sources again ON again.grant_id = h.id AND again.valid_to IS NULL
    LEFT JOIN groups k ON k.id = again.group_ref
   WHERE n.run_id = $1 AND n.kind = 'role_source_changed' AND s.id = again.id
     AND CASE WHEN k.id IS NULL THEN NOT (n.detail->'after'->>'direct')::boolean
              ELSE NOT n.detail->'after'->'viaGroups' ? k.group_id END`;

const CLOSE_MEMBERSHIPS = `
  UPDATE group_memberships h SET valid_to = $2
    FROM planned_changes n JOIN users u ON u.user_id = n.user_id JOIN groups g ON g.group_id = n.group_id
   WHERE n.run_id = $1 AND n.kind = 'group_left' AND h.person_id = u.id AND h.group_ref = g.id AND h.valid_to IS NULL`;

const CLOSE_TASKS = `
  UPDATE task_assignments h SET valid_to = $2
    FROM planned_changes n JOIN users u ON u.user_id = n.user_id JOIN bots b ON b.bot_id = n.bot_id
   WHERE n.run_id = $1 AND n.kind = 'task_unassigned'
     AND h.person_id = u.id AND h.bot_ref = b.id AND h.task_kind = n.task_kind AND h.task_id = n.task_id AND h.valid_to IS NULL`;

const CLOSE = [CLOSE_GRANTS, CLOSE_SOURCES, CLOSE_MEMBERSHIPS, CLOSE_TASKS];

import type { PlannedChange } from '../../core/planned-change.ts';
import type { Queryable } from '../database.ts';

/**
 * Appends changes to the plan in the order given, beginning at `firstOrdinal`, and fills in the names of
 * tonight. The state before a change of source is described with the names known until tonight.
 */
export async function savePlannedChanges(
  connection: Queryable,
  runId: string,
  firstOrdinal: number,
  changes: readonly PlannedChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await connection.query(SAVE_PLANNED_CHANGES, [
    runId,
    firstOrdinal,
    changes.map((change) => change.kind),
    changes.map((change) => change.userId),
    changes.map((change) => change.email),
    changes.map((change) => change.notBefore),
    changes.map((change) => change.scope),
    changes.map((change) => change.roleId),
    changes.map((change) => change.botId),
    changes.map((change) => change.groupId),
    changes.map((change) => change.taskKind),
    changes.map((change) => change.taskId),
    changes.map((change) => (change.before === null ? null : JSON.stringify(change.before))),
    changes.map((change) => (change.after === null ? null : JSON.stringify(change.after))),
    changes.map((change) => (change.detail === null ? null : JSON.stringify(change.detail))),
  ]);
}

const GRANT_KINDS = `('role_granted', 'role_revoked', 'role_source_changed')`;

/** {"direct", "via_groups"} of one side of a grant; `name` is an SQL expression over `k` and `n`. */
function describeSources(side: 'before' | 'after', name: string): string {
  return `
    (SELECT jsonb_build_object('direct', s->'direct', 'via_groups',
              CASE WHEN jsonb_typeof(s->'viaGroups') = 'array' THEN coalesce(
                (SELECT jsonb_agg(${name} ORDER BY ${name} COLLATE "C")
                   FROM jsonb_array_elements_text(s->'viaGroups') AS v (id)
                   LEFT JOIN groups k ON k.group_id = v.id
                   LEFT JOIN planned_names n ON n.run_id = $1 AND n.thing = 'group' AND n.key = v.id AND n.scope = ''),
                '[]') END)
       FROM (SELECT c.detail->'${side}' AS s) AS side
      WHERE s IS NOT NULL)`;
}

/** A group that only a role named has the key \`name:\` and its name. */
const NAME_BEFORE = `coalesce(k.name, n.name, substring(v.id FROM '^name:(.*)$'), v.id)`;
const NAME_AFTER = `coalesce(n.name, k.name, substring(v.id FROM '^name:(.*)$'), v.id)`;

const SAVE_PLANNED_CHANGES = `
  INSERT INTO planned_changes (run_id, ordinal, kind, user_id, email, not_before, scope, role_id, role_name,
                               bot_id, bot_name, group_id, group_name, task_kind, task_id, before, after, detail)
  SELECT $1, $2::bigint + c.position - 1, c.kind, c.user_id, c.email, c.not_before, c.scope,
         c.role_id, coalesce(rn.name, r.name), c.bot_id, coalesce(bn.name, b.name), c.group_id, coalesce(gn.name, g.name),
         c.task_kind, c.task_id,
         CASE WHEN c.kind IN ${GRANT_KINDS} THEN ${describeSources('before', NAME_BEFORE)} ELSE c.before END,
         CASE WHEN c.kind IN ${GRANT_KINDS} THEN ${describeSources('after', NAME_AFTER)} ELSE c.after END,
         c.detail
    FROM unnest($3::change_kind[], $4::text[], $5::text[], $6::timestamptz[], $7::grant_scope[], $8::text[], $9::text[],
                $10::text[], $11::task_kind[], $12::text[], $13::jsonb[], $14::jsonb[], $15::jsonb[]) WITH ORDINALITY
           AS c (kind, user_id, email, not_before, scope, role_id, bot_id, group_id, task_kind, task_id, before, after, detail, position)
    LEFT JOIN planned_names rn ON rn.run_id = $1 AND rn.thing = 'role' AND rn.key = c.role_id AND rn.scope = c.scope::text
    LEFT JOIN roles r ON r.role_id = c.role_id AND r.scope = c.scope
    LEFT JOIN planned_names bn ON bn.run_id = $1 AND bn.thing = 'bot' AND bn.key = c.bot_id AND bn.scope = ''
    LEFT JOIN bots b ON b.bot_id = c.bot_id
    LEFT JOIN planned_names gn ON gn.run_id = $1 AND gn.thing = 'group' AND gn.key = c.group_id AND gn.scope = ''
    LEFT JOIN groups g ON g.group_id = c.group_id`;

import type { Canary, CanaryRole, CanarySighting } from '../core/canary.ts';
import type { Queryable } from './database.ts';

/** Stores the canaries of a run with it: whoever plans it judges by what it was opened with. */
export async function saveCanaries(
  connection: Queryable,
  runId: string,
  canaries: readonly Canary[],
): Promise<void> {
  if (canaries.length === 0) return;
  await connection.query(
    `INSERT INTO canaries (run_id, line, entry, entry_kind, scope, role, bot)
     SELECT $1, * FROM unnest($2::int[], $3::text[], $4::entry_kind[], $5::grant_scope[], $6::text[], $7::text[])`,
    [
      runId,
      canaries.map(({ line }) => line),
      canaries.map(({ entry }) => entry),
      canaries.map(({ kind }) => kind),
      canaries.map(({ scope }) => scope),
      canaries.map(({ role }) => role),
      canaries.map(({ bot }) => bot),
    ],
  );
}

/** The canaries of a run and what tonight's answers say of them, by line. Inside the plan transaction, after reconciling. */
export async function loadCanarySightings(
  connection: Queryable,
  runId: string,
): Promise<readonly CanarySighting[]> {
  const { rows } = await connection.query<
    Canary & { readonly answer: CanarySighting['answer']; readonly roles: readonly CanaryRole[] }
  >(LOAD_SIGHTINGS, [runId]);
  return rows.map(({ answer, roles, ...canary }) => ({ canary, answer, roles }));
}

/**
 * The roles are those of tonight's snapshot: a list that was left out holds none of them, though what is known stands
 * (I12). Where no snapshot was stored, it is the one that is known.
 */
const LOAD_SIGHTINGS = `
  SELECT c.line, c.entry, c.entry_kind AS kind, c.role, c.bot, c.scope,
         CASE WHEN p.fate = 'unanswered' THEN 'unanswered' ELSE coalesce(o.answer::text, 'found') END AS answer,
         CASE WHEN o.snapshot IS NOT NULL THEN seen.roles ELSE held.roles END AS roles
    FROM canaries c
    LEFT JOIN observations o ON o.run_id = c.run_id AND o.entry = c.entry
    LEFT JOIN addresses a ON a.entry = c.entry
    LEFT JOIN users u ON u.id = a.person_id
    LEFT JOIN planned_users p ON p.run_id = c.run_id AND p.user_id = coalesce(o.user_id, u.user_id)
   CROSS JOIN LATERAL (
     SELECT coalesce(jsonb_agg(jsonb_build_object(
              'scope', l.scope, 'roleId', r.item->'roleId', 'roleName', r.item->'roleName',
              'botId', r.item->'botId', 'botName', r.item->'botName')), '[]') AS roles
       FROM (VALUES ('admin', o.snapshot->'adminRoles'->'items'), ('bot', o.snapshot->'botRoles'->'items')) AS l (scope, items),
            LATERAL jsonb_array_elements(l.items) AS r (item)) seen
   CROSS JOIN LATERAL (
     SELECT coalesce(jsonb_agg(jsonb_build_object('scope', k.scope, 'roleId', k.role_id, 'roleName', k.name,
                                                  'botId', b.bot_id, 'botName', b.name)), '[]') AS roles
       FROM role_grants g JOIN roles k ON k.id = g.role_ref LEFT JOIN bots b ON b.id = g.bot_ref
      WHERE g.person_id = u.id AND g.valid_to IS NULL) held
   WHERE c.run_id = $1 ORDER BY c.line`;

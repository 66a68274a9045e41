import { quickRules, toLikePattern, type AlertRule, type AlertRules } from '../../core/alert-rule.ts';
import { saveEventOfRun, saveRunEvent } from '../run-events.ts';
import type { Night } from './night.ts';

/** The audit log, the outbox, and what else there is to say of a night. A baseline has no changes to tell of. */
export async function publishAudit(night: Night): Promise<void> {
  const { connection, runId } = night;
  await connection.query(COPY_CHANGES, [runId]);
  await publishAlerts(night);
  await publishEvents(night);
}

const COLUMNS = `kind, user_id, email, not_before, scope, role_id, role_name, bot_id, bot_name,
                 group_id, group_name, task_kind, task_id, before, after, detail`;

const COPY_CHANGES = `
  INSERT INTO changes (run_id, ${COLUMNS})
  SELECT run_id, ${COLUMNS} FROM planned_changes WHERE run_id = $1 ORDER BY ordinal`;

/**
 * I9: in the transaction that publishes, so that no night is published without its alerts. A run that an older
 * version opened has no rules of its own and is judged as that version would have.
 */
async function publishAlerts({ connection, runId, baseline }: Night): Promise<void> {
  if (baseline) return;
  const { rows } = await connection.query<{ rules: AlertRules | null }>(
    'SELECT alert_rules AS rules FROM runs WHERE id = $1',
    [runId],
  );
  const rules = writePatterns(rows[0]?.rules ?? quickRules([]));
  await connection.query(MATCH_CHANGES, [runId, rules]);
  await connection.query(WRITE_OUTBOX, [runId, rules]);
}

/** The rules as `matchingChanges` takes them. */
export function writePatterns(rules: AlertRules): string {
  return JSON.stringify(rules.map(toPatterns));
}

function toPatterns(rule: AlertRule): AlertRule {
  const { roles, bots, groups, users } = rule;
  return {
    ...rule,
    roles: roles?.map(toLikePattern) ?? null,
    bots: bots?.map(toLikePattern) ?? null,
    groups: groups?.map(toLikePattern) ?? null,
    users: users?.map(toLikePattern) ?? null,
  };
}

/** Patterns of SQL's LIKE in place of globs. */
const RULES = `
  jsonb_to_recordset($2::jsonb) AS r(
    name text, severity alert_severity, channels text[], changes text[], scope text, source text,
    roles text[], bots text[], groups text[], users text[])`;

const matchesAny = (names: string, patterns: string) => `
   (${patterns} IS NULL OR EXISTS (
     SELECT FROM unnest(${names}) AS had, unnest(${patterns}) AS wanted WHERE had ILIKE wanted))`;

const renamedFrom = (kind: string) => `CASE WHEN c.kind = '${kind}' THEN c.before #>> '{}' END`;

/**
 * The query for which changes `c` match which rules `$2`, as `run_id, rule, change_id`: what `AlertRule` says of
 * matching, set-based, since a night may have a million changes.
 */
export const matchingChanges = (condition: string): string => `
  SELECT c.run_id, r.name AS rule, c.id AS change_id
    FROM changes c
   CROSS JOIN LATERAL (SELECT
     ARRAY[c.role_id, c.role_name, ${renamedFrom('role_renamed')}] AS roles,
     ARRAY[c.bot_id, c.bot_name, ${renamedFrom('bot_renamed')}] AS bots,
     ARRAY[c.group_id, c.group_name, ${renamedFrom('group_renamed')}] || ARRAY(
       SELECT jsonb_array_elements_text(groups)
         FROM (VALUES (c.before -> 'via_groups'), (c.after -> 'via_groups'),
                      (c.detail -> 'before' -> 'viaGroups'), (c.detail -> 'after' -> 'viaGroups')) AS via(groups)
        WHERE jsonb_typeof(groups) = 'array') AS groups,
     ARRAY[c.user_id, c.email, ${renamedFrom('email_changed')}] AS users
   ) had
    JOIN ${RULES}
      ON c.kind::text = ANY (r.changes)
     AND (r.scope IS NULL OR c.scope::text = r.scope)
     AND (r.source IS NULL OR EXISTS (
       SELECT FROM (VALUES (c.before), (c.after)) AS sides(side)
        WHERE jsonb_typeof(side) = 'object'
          AND CASE r.source WHEN 'direct' THEN coalesce((side ->> 'direct')::boolean, true)
                            ELSE coalesce(side ->> 'via_groups', '') <> '[]' END))
     AND ${matchesAny('had.roles', 'r.roles')}
     AND ${matchesAny('had.bots', 'r.bots')}
     AND ${matchesAny('had.groups', 'r.groups')}
     AND ${matchesAny('had.users', 'r.users')}
   WHERE ${condition}`;

const MATCH_CHANGES = `
  INSERT INTO alert_matches (run_id, rule, change_id) ${matchingChanges('c.run_id = $1')}`;

const WRITE_OUTBOX = `
  INSERT INTO alerts (run_id, rule, severity, channel, change_count)
  SELECT $1, r.name, r.severity, c.channel, m.changes
    FROM ${RULES}
    JOIN (SELECT rule, count(*) AS changes FROM alert_matches WHERE run_id = $1 GROUP BY rule) m ON m.rule = r.name
   CROSS JOIN LATERAL (SELECT DISTINCT unnest(r.channels)) AS c(channel)
  ON CONFLICT DO NOTHING`;

async function publishEvents({ connection, runId }: Night): Promise<void> {
  const { rows } = await connection.query<Omens>(LOAD_OMENS, [runId]);
  const omens = rows[0];
  if (omens === undefined) return;
  const { unanswered, asked, coverage, drift, drift_key: driftKey } = omens;
  if (unanswered > 0) {
    await saveEventOfRun(
      connection,
      runId,
      'partial',
      `${unanswered} of ${asked} entries stayed unanswered (coverage ${coverage}%); nothing about them was changed`,
    );
  }
  if (drift.length > 0) {
    const detail = `fields of the API that this version does not know: ${describePaths(drift)}`;
    await saveRunEvent(connection, { kind: 'drift', key: driftKey, runId, detail }, []);
  }
}

interface Omens {
  readonly unanswered: number;
  readonly asked: number;
  readonly coverage: string;
  readonly drift: readonly string[];
  readonly drift_key: string;
}

/** The key of drift is what drifted: the platform will go on sending it, and once is enough to hear of it. */
const LOAD_OMENS = `
  SELECT unanswered, found + absent + unanswered AS asked, trim_scale(floor(coverage * 1000) / 10)::text AS coverage,
         drift, md5(array_to_string(drift, ',')) AS drift_key
    FROM runs WHERE id = $1`;

const SHOWN_PATHS = 10;

function describePaths(paths: readonly string[]): string {
  const more = paths.length - SHOWN_PATHS;
  return `${paths.slice(0, SHOWN_PATHS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

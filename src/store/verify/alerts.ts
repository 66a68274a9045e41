import type { AlertRules } from '../../core/alert-rule.ts';
import type { Queryable } from '../database.ts';
import { matchingChanges, writePatterns } from '../publish/audit.ts';
import { difference, type Check } from './check.ts';

/**
 * I9: every change that a rule of its night asked for is in an alert to each of the rule's channels, and what is
 * in none matched no rule. One check for each set of rules there ever was, and one for nights without any, which
 * an older version published: one alert was about all their role changes.
 */
export async function loadAlertChecks(connection: Queryable): Promise<readonly Check[]> {
  const { rows } = await connection.query<{ rules: AlertRules; runs: string[] }>(
    `SELECT alert_rules AS rules, array_agg(id ORDER BY id)::text[] AS runs FROM runs
      WHERE status = 'published' AND base_id IS NOT NULL AND jsonb_typeof(alert_rules) = 'array' GROUP BY alert_rules`,
  );
  return [
    WITHOUT_RULES,
    ...rows.map(({ rules, runs }) => ({ ...MATCHES, values: [runs, writePatterns(rules)] })),
  ];
}

const inAlerts = (run: string, detail: string): string => difference({ table: `'alerts'`, run, detail });

const MATCHES: Check = {
  name: 'alerts',
  counts: 'changes that an alert rule asked for',
  sql: `
    WITH asked_for AS MATERIALIZED (${matchingChanges('c.run_id = ANY ($1::bigint[])')})
    SELECT CASE
             WHEN m.change_id IS NULL THEN ${inAlerts('a.run_id', `format('change %s matches rule %s, and is in no alert', a.change_id, a.rule)`)}
             WHEN a.change_id IS NULL THEN ${inAlerts('m.run_id', `format('change %s is alerted under rule %s, which it does not match', m.change_id, m.rule)`)}
             WHEN EXISTS (
               SELECT FROM jsonb_to_recordset($2::jsonb) AS r(name text, channels text[]), unnest(r.channels) AS c (channel)
                WHERE r.name = a.rule
                  AND NOT EXISTS (SELECT FROM alerts w WHERE w.event_id IS NULL AND w.run_id = a.run_id AND w.rule = a.rule AND w.channel = c.channel))
             THEN ${inAlerts('a.run_id', `format('the alert of rule %s to one of its channels is gone', a.rule)`)}
           END AS difference
      FROM asked_for a
      FULL JOIN (SELECT * FROM alert_matches WHERE run_id = ANY ($1::bigint[])) m
        ON m.run_id = a.run_id AND m.rule = a.rule AND m.change_id = a.change_id`,
};

const WITHOUT_RULES: Check = {
  name: 'alerts',
  counts: MATCHES.counts,
  sql: `
    SELECT CASE WHEN NOT EXISTS (SELECT FROM alerts w WHERE w.event_id IS NULL AND w.run_id = c.run_id)
                THEN ${inAlerts('c.run_id', `'the night had role changes, and there is no alert of it'`)} END AS difference
      FROM changes c JOIN runs r ON r.id = c.run_id AND r.status = 'published' AND r.base_id IS NOT NULL AND r.alert_rules IS NULL
     WHERE c.kind IN ('role_granted', 'role_revoked', 'role_source_changed')`,
};

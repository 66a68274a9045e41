import { openDatabase } from '../../src/store/database.ts';
import { verifyDatabase, type Difference } from '../../src/store/verify/verify.ts';
import { inOrder } from '../support/directory.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** All that a night leaves behind, in terms that do not depend on when it ran or how often it was tried. */
export interface Outcome {
  /** By table; rows in an order of their own. */
  readonly tables: Readonly<Record<string, readonly object[]>>;
  /** What `kore-sync verify` would find. */
  readonly difference: Difference | null;
}

/** Instants become the number of the published night they belong to, ids the things they stand for. */
const NIGHT = (instant: string) =>
  `(SELECT count(*) FROM runs night WHERE night.status = 'published' AND night.as_of < ${instant}) + (${instant} IS NULL)::int * -1`;
const OPENING = (instant: string) =>
  `(SELECT count(*) FROM runs night WHERE night.status = 'published' AND night.opened_at < ${instant}) + (${instant} IS NULL)::int * -1`;
const VALID = (alias: string) =>
  `${NIGHT(`${alias}.valid_from`)} AS since, ${NIGHT(`${alias}.valid_to`)} AS until`;

const TABLES: Readonly<Record<string, string>> = {
  users: `SELECT user_id, email, first_name, last_name, status, can_create_bot, is_developer, in_roster, last_login,
                 ${NIGHT('first_seen_at')} AS first_seen, ${NIGHT('removed_at')} AS removed FROM directory.users`,
  user_versions: `SELECT u.user_id, v.email, v.status, ${VALID('v')} FROM user_versions v JOIN users u ON u.id = v.person_id`,
  role_grants: `SELECT u.user_id, r.role_id, b.bot_id, ${VALID('g')} FROM role_grants g JOIN users u ON u.id = g.person_id
                  JOIN roles r ON r.id = g.role_ref LEFT JOIN bots b ON b.id = g.bot_ref`,
  grant_sources: `SELECT u.user_id, r.role_id, k.group_id, ${VALID('s')} FROM grant_sources s JOIN role_grants g ON g.id = s.grant_id
                    JOIN users u ON u.id = g.person_id JOIN roles r ON r.id = g.role_ref LEFT JOIN groups k ON k.id = s.group_ref`,
  group_memberships: `SELECT u.user_id, k.group_id, ${VALID('m')} FROM group_memberships m
                        JOIN users u ON u.id = m.person_id JOIN groups k ON k.id = m.group_ref`,
  task_assignments: `SELECT u.user_id, t.task_id, ${VALID('t')} FROM task_assignments t JOIN users u ON u.id = t.person_id`,
  names: `SELECT r.role_id AS id, n.name, ${VALID('n')} FROM role_names n JOIN roles r ON r.id = n.role_ref
          UNION ALL SELECT b.bot_id, n.name, ${VALID('n')} FROM bot_names n JOIN bots b ON b.id = n.bot_ref
          UNION ALL SELECT k.group_id, n.name, ${VALID('n')} FROM group_names n JOIN groups k ON k.id = n.group_ref`,
  addresses: `SELECT a.entry, u.user_id, a.absent, a.in_roster FROM addresses a LEFT JOIN users u ON u.id = a.person_id`,
  unconfirmed: `SELECT u.user_id, ${VALID('c')} FROM unconfirmed c JOIN users u ON u.id = c.person_id`,
  changes: `SELECT kind, user_id, email, scope, role_id, role_name, bot_id, group_id, task_id, before, after,
                   ${NIGHT('as_of')} AS night, ${OPENING('not_before')} AS not_before FROM directory.changes`,
  alerts: `SELECT a.rule, a.channel, a.change_count, a.status, e.kind AS event
             FROM alerts a LEFT JOIN run_events e ON e.id = a.event_id`,
  alert_matches: `SELECT m.rule, c.kind, c.user_id, c.role_id FROM alert_matches m JOIN changes c ON c.id = m.change_id`,
  // A night that is published and then played again finds nothing to do.
  receipts: `SELECT DISTINCT r.entries, r.found, r.absent, r.unanswered,
                    (SELECT sum(b.size) FROM batches b WHERE b.run_id = r.id AND b.status <> 'split') AS asked
               FROM runs r WHERE r.status = 'published' AND r.changes > 0`,
  unfinished: `SELECT status FROM runs WHERE status <> 'published'`,
  staging: `SELECT 'observations' AS left_over FROM observations UNION ALL SELECT 'planned_users' FROM planned_users
            UNION ALL SELECT 'planned_changes' FROM planned_changes UNION ALL SELECT 'batch_entries' FROM batch_entries`,
};

export async function readOutcome(database: Pick<TestDatabase, 'url' | 'query'>): Promise<Outcome> {
  const tables: Record<string, readonly object[]> = {};
  for (const [table, sql] of Object.entries(TABLES)) tables[table] = inOrder(await database.query(sql));
  const store = await openDatabase({ url: database.url, size: 1, onIdleError: () => undefined });
  try {
    const { difference } = await verifyDatabase(store);
    return { tables, difference };
  } finally {
    await store.close();
  }
}

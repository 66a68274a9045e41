import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { populateTenant } from '../../../src/simulator/population.ts';
import { openDatabase, type Database } from '../../../src/store/database.ts';
import { linkRuns } from '../../../src/store/publish/chain.ts';
import { verifySnapshot, type Verification } from '../../../src/store/verify/verify.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { runNights } from './story.ts';

let copy: TestDatabase | undefined;
let database: Database | undefined;

/** Nights that were run once, by whichever test comes first. */
async function openNights(): Promise<Database> {
  copy ??= await runNights(populateTenant({ people: 40, seed: 'violations', edition: 'xo' }), 4);
  database ??= await openDatabase({ url: copy.url, size: 1, onIdleError: () => undefined });
  return database;
}

afterAll(async () => {
  await database?.close();
  await copy?.drop();
});

/** Plants, verifies, and takes it back. */
async function plant(work: (connection: pg.PoolClient) => Promise<void>): Promise<Verification> {
  const { pool } = await openNights();
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    await work(connection);
    return await verifySnapshot(connection, null);
  } finally {
    await connection.query('ROLLBACK');
    connection.release();
  }
}

/** What nobody can do by accident: the guards of the database itself are out of the way. */
const UNGUARDED = `
  ALTER TABLE role_grants DISABLE TRIGGER USER; ALTER TABLE grant_sources DISABLE TRIGGER USER;
  ALTER TABLE group_memberships DISABLE TRIGGER USER; ALTER TABLE task_assignments DISABLE TRIGGER USER;
  ALTER TABLE user_versions DISABLE TRIGGER USER; ALTER TABLE unconfirmed DISABLE TRIGGER USER;
  ALTER TABLE role_names DISABLE TRIGGER USER; ALTER TABLE batches DROP CONSTRAINT batches_receipt;
  ALTER TABLE role_grants DROP CONSTRAINT role_grants_interval;`;

/** As somebody would who knows how the chain is made. */
async function forgeChain(connection: pg.PoolClient): Promise<void> {
  await connection.query('DELETE FROM run_links; DELETE FROM digests');
  await linkRuns(connection);
}

const FIRST = `(SELECT min(as_of) FROM runs WHERE status = 'published')`;
const SECOND = `(SELECT as_of FROM runs WHERE status = 'published' ORDER BY as_of OFFSET 1 LIMIT 1)`;
const LAST_RUN = `(SELECT max(id) FROM runs)`;
const some = (kind: string): string => `(SELECT min(id) FROM changes WHERE kind = '${kind}')`;
/** A row that a night after the first wrote. */
const later = (table: string, where = 'true'): string =>
  `(SELECT min(id) FROM ${table} WHERE valid_from > ${FIRST} AND valid_to IS NULL AND ${where})`;
const BASELINE_PERSON = `(SELECT min(person_id) FROM user_versions WHERE valid_from = ${FIRST})`;

type Violation = readonly [what: string, check: string, sql: string];

const EDITS: readonly Violation[] = [
  [
    'a change that was edited',
    'published changes',
    `UPDATE changes SET role_name = 'Owner' WHERE id = ${some('role_granted')}`,
  ],
  [
    'a change whose JSON was edited',
    'published changes',
    `UPDATE changes SET detail = '{}' WHERE id = ${some('role_granted')}`,
  ],
  [
    'a change that was deleted',
    'published changes',
    `DELETE FROM changes WHERE id = ${some('role_revoked')}`,
  ],
  [
    'a change that was added',
    'published changes',
    `INSERT INTO changes (run_id, kind, user_id, group_id) VALUES (${LAST_RUN}, 'group_left', 'u-x', 'g-x')`,
  ],
  [
    'two changes that were swapped',
    'published changes',
    `UPDATE changes SET id = -id WHERE id IN (${some('role_granted')}, ${some('group_joined')});
     UPDATE changes c SET id = -o.id FROM changes o WHERE c.id < 0 AND o.id < 0 AND o.id <> c.id`,
  ],
  [
    'a change that was moved to another night',
    'published changes',
    `UPDATE changes SET run_id = ${LAST_RUN} WHERE id = ${some('role_granted')}`,
  ],
  [
    'a change that counts as erased and is not',
    'published changes',
    `UPDATE digests SET salt = NULL WHERE subject = ${some('role_granted')} AND run_id > (SELECT min(id) FROM runs)`,
  ],
  [
    'a change that was deleted with its digest',
    'links',
    `DELETE FROM changes WHERE id = ${some('user_removed')};
     DELETE FROM digests d WHERE run_id > (SELECT min(id) FROM runs) AND NOT EXISTS (SELECT FROM changes c WHERE c.id = d.subject)`,
  ],
  [
    'the instant of a run that was edited',
    'links',
    `UPDATE runs SET as_of = as_of + interval '1 second' WHERE id = ${LAST_RUN}`,
  ],
  ['a decision that was put in', 'links', `UPDATE runs SET decided_by = 'jane' WHERE id = ${LAST_RUN}`],
  [
    'a run that is said not to have been published',
    'links',
    `DELETE FROM changes WHERE run_id = ${LAST_RUN}; DELETE FROM digests WHERE run_id = ${LAST_RUN}; UPDATE runs SET status = 'rejected' WHERE id = ${LAST_RUN}`,
  ],
  ['a link that was taken out', 'published changes', `DELETE FROM run_links WHERE run_id = ${LAST_RUN} - 1`],
  [
    'a link that was taken out with its digests',
    'links',
    `DELETE FROM run_links WHERE run_id = ${LAST_RUN} - 1; DELETE FROM digests WHERE run_id = ${LAST_RUN} - 1`,
  ],
  [
    'a link that was edited',
    'links',
    `UPDATE run_links SET link = sha256('other') WHERE run_id = ${LAST_RUN}`,
  ],
  [
    'a link that follows from another',
    'links',
    `UPDATE run_links SET previous = sha256('other') WHERE run_id = ${LAST_RUN}`,
  ],
  [
    'the name of a person on the first night',
    'people of the baseline',
    `UPDATE user_versions SET first_name = 'Other' WHERE person_id = ${BASELINE_PERSON} AND valid_from = ${FIRST}`,
  ],
  [
    'a person taken out of the first night',
    'people of the baseline',
    `DELETE FROM user_versions WHERE person_id = ${BASELINE_PERSON}; DELETE FROM users WHERE id = ${BASELINE_PERSON}`,
  ],
  [
    'a source taken out of the first night',
    'people of the baseline',
    `DELETE FROM grant_sources WHERE id = (SELECT min(id) FROM grant_sources WHERE valid_from = ${FIRST})`,
  ],
  [
    'a grant put into the first night',
    'people of the baseline',
    `UPDATE role_grants SET valid_from = ${FIRST} WHERE id = ${later('role_grants')}`,
  ],
  [
    'a membership taken out of the first night',
    'people of the baseline',
    `DELETE FROM group_memberships WHERE id = (SELECT min(id) FROM group_memberships WHERE valid_from = ${FIRST})`,
  ],
  [
    'a task taken out of the first night',
    'people of the baseline',
    `DELETE FROM task_assignments WHERE id = (SELECT min(id) FROM task_assignments WHERE valid_from = ${FIRST})`,
  ],
  [
    'the name of a role on the first night',
    'names of the baseline',
    `UPDATE role_names SET name = 'Other' WHERE valid_from = ${FIRST} AND role_ref = (SELECT min(role_ref) FROM role_names)`,
  ],
];

/** The chain is made anew over each of these, so that nothing but the check that is named can find it. */
const FORGERIES: readonly Violation[] = [
  [
    'a receipt with one more',
    'receipts of batches',
    `UPDATE batches SET found = found + 1 WHERE run_id = ${LAST_RUN} AND no = 1`,
  ],
  [
    'a batch that was never answered',
    'receipts of batches',
    `UPDATE batches SET status = 'pending' WHERE run_id = ${LAST_RUN} AND no = 1`,
  ],
  [
    'a receipt with other answers',
    'receipts of runs',
    `UPDATE batches SET absent = absent + 1, found = found - 1 WHERE run_id = ${LAST_RUN} AND no = 1`,
  ],
  [
    'a run with one answer more',
    'receipts of runs',
    `UPDATE runs SET found = found + 1 WHERE id = ${LAST_RUN}`,
  ],
  [
    'a run with one roster entry more',
    'receipts of runs',
    `UPDATE runs SET entries = entries + 1 WHERE id = ${LAST_RUN}`,
  ],
  [
    'a run with another coverage',
    'receipts of runs',
    `UPDATE runs SET coverage = 0.5 WHERE id = ${LAST_RUN}`,
  ],
  [
    'silence that was hidden',
    'receipts of runs',
    `UPDATE runs SET unanswered = 0, found = found + unanswered, coverage = 1 WHERE id = (SELECT min(run_id) FROM unanswered_entries)`,
  ],
  [
    'a run on another base',
    'order of runs',
    `UPDATE runs SET base_id = (SELECT min(id) FROM runs) WHERE id = ${LAST_RUN}`,
  ],
  [
    'an earlier end than beginning',
    'order of runs',
    `UPDATE runs SET opened_at = as_of + interval '1 hour' WHERE id = ${LAST_RUN}`,
  ],
  ['a change that is gone', 'counts of changes', `DELETE FROM changes WHERE id = ${some('role_granted')}`],
  [
    'other counts of changes',
    'counts of changes',
    `UPDATE runs SET changes_by_kind = '{"role_granted": 1}' WHERE id = ${LAST_RUN}`,
  ],
  [
    'changes of a run that was not published',
    'counts of changes',
    `UPDATE runs SET status = 'rejected' WHERE id = ${LAST_RUN}`,
  ],
  [
    'versions that overlap',
    'intervals of user_versions',
    `UPDATE user_versions v SET valid_from = ${FIRST} WHERE id = (SELECT max(l.id) FROM user_versions l WHERE EXISTS (SELECT FROM user_versions e WHERE e.person_id = l.person_id AND e.id < l.id))`,
  ],
  [
    'an instant at which no night was',
    'intervals of role_grants',
    `UPDATE role_grants SET valid_from = valid_from + interval '1 second' WHERE id = ${later('role_grants')}`,
  ],
  [
    'a grant that is open of somebody removed',
    'intervals of role_grants',
    `UPDATE role_grants SET valid_to = NULL WHERE id = (SELECT min(g.id) FROM role_grants g JOIN users u ON u.id = g.person_id AND u.removed_at IS NOT NULL)`,
  ],
  [
    'a grant of nobody',
    'intervals of role_grants',
    `UPDATE role_grants SET person_id = 999999 WHERE id = ${later('role_grants')}`,
  ],
  [
    'a grant that begins again where it ended',
    'intervals of role_grants',
    `WITH cut AS (
       UPDATE role_grants SET valid_to = ${SECOND} WHERE id = (SELECT min(id) FROM role_grants WHERE valid_from = ${FIRST} AND valid_to IS NULL)
       RETURNING person_id, role_ref, bot_ref
     )
     SELECT FROM cut;
     INSERT INTO role_grants (person_id, role_ref, bot_ref, valid_from)
     SELECT g.person_id, g.role_ref, g.bot_ref, ${SECOND} FROM role_grants g
      WHERE g.valid_to = ${SECOND} AND NOT EXISTS (SELECT FROM changes c JOIN runs r ON r.id = c.run_id AND r.as_of = ${SECOND}
        JOIN users u ON u.user_id = c.user_id WHERE c.kind = 'role_revoked' AND u.id = g.person_id)`,
  ],
  [
    'a source from before its grant',
    'intervals of grant_sources',
    `UPDATE grant_sources s SET valid_from = ${FIRST} WHERE grant_id = ${later('role_grants')}`,
  ],
  [
    'a source that outlives its grant',
    'intervals of grant_sources',
    `UPDATE grant_sources s SET valid_to = NULL WHERE grant_id = (SELECT min(id) FROM role_grants WHERE valid_to IS NOT NULL)`,
  ],
  [
    'a source of no grant',
    'intervals of grant_sources',
    `UPDATE grant_sources SET grant_id = 999999 WHERE id = ${later('grant_sources')}`,
  ],
  [
    'a membership that is open of somebody removed',
    'intervals of group_memberships',
    `UPDATE group_memberships SET valid_to = NULL WHERE id = (SELECT min(g.id) FROM group_memberships g JOIN users u ON u.id = g.person_id AND u.removed_at IS NOT NULL)`,
  ],
  [
    'a task of nobody',
    'intervals of task_assignments',
    `UPDATE task_assignments SET person_id = 999999 WHERE id = ${later('task_assignments')}`,
  ],
  [
    'a stretch without confirmation that begins between nights',
    'intervals of unconfirmed',
    `UPDATE unconfirmed SET valid_from = valid_from - interval '1 second' WHERE valid_from = (SELECT max(valid_from) FROM unconfirmed)`,
  ],
  [
    'an addition nobody heard of',
    'people',
    `UPDATE changes SET kind = 'user_restored' WHERE id = ${some('user_added')};
     UPDATE runs r SET changes_by_kind = (SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM changes WHERE run_id = r.id GROUP BY kind) k)
      WHERE id = (SELECT run_id FROM changes WHERE id = ${some('user_restored')})`,
  ],
  [
    'another first night',
    'current people',
    `UPDATE users SET first_seen_at = ${SECOND} WHERE id = ${BASELINE_PERSON}`,
  ],
  [
    'somebody who is back without a version',
    'current people',
    `UPDATE users SET removed_at = NULL, email = 'back@example.com' WHERE id = (SELECT min(id) FROM users WHERE removed_at IS NOT NULL)`,
  ],
  ['another name now', 'attributes', `UPDATE users SET last_name = 'Other' WHERE id = ${BASELINE_PERSON}`],
  [
    'another status then',
    'attributes',
    `UPDATE user_versions SET status = 'Other' WHERE id = (SELECT max(id) FROM user_versions WHERE valid_from > ${FIRST})`,
  ],
  [
    'a change that says another state',
    'attributes',
    `UPDATE changes SET after = '"other@example.com"' WHERE id = ${some('email_changed')}`,
  ],
  [
    'a grant held since another night',
    'grants',
    `UPDATE role_grants SET valid_from = ${SECOND} WHERE id = (SELECT max(id) FROM role_grants WHERE valid_from > ${SECOND})`,
  ],
  [
    'a grant that is gone without a word',
    'grants',
    `DELETE FROM grant_sources WHERE grant_id = ${later('role_grants')}; DELETE FROM role_grants WHERE id = ${later('role_grants')}`,
  ],
  [
    'a revocation that did not end anything',
    'grants',
    `UPDATE role_grants SET valid_to = NULL WHERE id = (SELECT min(g.id) FROM role_grants g JOIN users u ON u.id = g.person_id AND u.removed_at IS NULL
       WHERE valid_to IS NOT NULL AND NOT EXISTS (SELECT FROM role_grants o WHERE o.person_id = g.person_id AND o.role_ref = g.role_ref AND o.bot_ref IS NOT DISTINCT FROM g.bot_ref AND o.id <> g.id))`,
  ],
  [
    'a role on the account that lies on a bot which does not exist',
    'grants',
    `UPDATE role_grants SET bot_ref = 1000 WHERE id = ${later('role_grants', 'bot_ref IS NULL')}`,
  ],
  [
    'a direct source that leads to a group which does not exist',
    'sources',
    `UPDATE grant_sources SET group_ref = 1000 WHERE id = ${later('grant_sources', 'group_ref IS NULL')}`,
  ],
  ['a source that is gone', 'sources', `DELETE FROM grant_sources WHERE id = ${later('grant_sources')}`],
  [
    'a source that is another',
    'sources',
    `UPDATE grant_sources s SET group_ref = (SELECT max(id) FROM groups g WHERE g.id IS DISTINCT FROM s.group_ref) WHERE id = ${later('grant_sources')}`,
  ],
  [
    'a membership that is gone',
    'memberships',
    `DELETE FROM group_memberships WHERE id = ${later('group_memberships')}`,
  ],
  [
    'a task that is another',
    'tasks',
    `UPDATE task_assignments SET task_id = 'other' WHERE id = ${later('task_assignments')}`,
  ],
  [
    'another name of a role now',
    'names',
    `UPDATE roles SET name = 'Other' WHERE id = (SELECT min(id) FROM roles)`,
  ],
  [
    'a gap in the names of a role',
    'names',
    `UPDATE role_names SET valid_to = valid_to - interval '1 microsecond' WHERE valid_to = (SELECT max(valid_to) FROM role_names)`,
  ],
  [
    'a rename that is not in the log',
    'renames',
    `UPDATE role_names SET name = 'Other' WHERE valid_from > ${FIRST} AND valid_to IS NULL;
     UPDATE roles r SET name = n.name FROM role_names n WHERE n.role_ref = r.id AND n.valid_to IS NULL`,
  ],
  [
    'a group that is said to be seen later',
    'renames',
    `UPDATE group_names SET valid_from = (SELECT max(as_of) FROM runs) WHERE valid_from > ${FIRST} AND valid_to IS NULL
        AND group_ref IN (SELECT group_ref FROM group_names GROUP BY group_ref HAVING count(*) = 1);
     UPDATE bot_names SET valid_from = (SELECT max(as_of) FROM runs) WHERE valid_from > ${FIRST} AND valid_to IS NULL
        AND bot_ref IN (SELECT bot_ref FROM bot_names GROUP BY bot_ref HAVING count(*) = 1)`,
  ],
  [
    'an alert that is gone',
    'alerts',
    `DELETE FROM alerts WHERE event_id IS NULL AND run_id = (SELECT max(run_id) FROM changes WHERE kind = 'role_granted')`,
  ],
  [
    'a change that is in no alert',
    'alerts',
    `DELETE FROM alert_matches WHERE change_id = ${some('role_granted')}`,
  ],
  [
    'a change in an alert that is not about it',
    'alerts',
    `INSERT INTO alert_matches (run_id, rule, change_id) SELECT run_id, 'role-changes', id FROM changes WHERE id = ${some('email_changed')}`,
  ],
];

/** Tables whose rows are published. */
const COVERED = [
  ...['changes', 'runs', 'users', 'user_versions', 'role_grants', 'grant_sources', 'group_memberships'],
  ...['task_assignments', 'roles', 'bots', 'groups', 'role_names', 'bot_names', 'group_names'],
  ...['digests', 'run_links', 'alert_matches', 'batches'],
];

/** An edit of each column, in the last row. Numbers become some that no other row has: a key that is taken would be refused. */
const COLUMNS = `
  SELECT table_name AS table, column_name AS column,
         format('UPDATE %1$I SET %2$I = %3$s WHERE ctid = (SELECT max(ctid) FROM %1$I)', table_name, column_name,
           format(CASE
             WHEN data_type = 'text' THEN 'coalesce(%1$I, %2$L) || %3$L'
             WHEN data_type = 'boolean' THEN 'NOT coalesce(%1$I, false)'
             WHEN data_type IN ('integer', 'bigint') THEN 'coalesce(%1$I, 0) + 1000'
             WHEN data_type = 'numeric' THEN 'coalesce(%1$I, 0) / 2'
             WHEN data_type LIKE 'timestamp%%' THEN 'coalesce(%1$I, now()) + interval %4$L'
             WHEN data_type = 'jsonb' THEN '%5$L'
             WHEN data_type = 'bytea' THEN 'sha256(%3$L)'
             WHEN data_type = 'uuid' THEN 'gen_random_uuid()'
             WHEN data_type = 'ARRAY' THEN 'array_append(%1$I, %3$L)'
             ELSE '(SELECT max(e) FROM unnest(enum_range(NULL::%6$I)) e WHERE e IS DISTINCT FROM %1$I)'
           END, column_name, '', 'x', '1 hour', '{"x": 1}', udt_name)) AS edit
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY ($1) ORDER BY 1, 2`;

/** What says how a night went on its way, what the platform may say without our knowing, and numbers of our own. */
const UNCOVERED: readonly string[] = [
  ...[
    'answered_at',
    'attempts',
    'due_at',
    'duration_ms',
    'entry_kind',
    'ignored',
    'last_error',
    'last_failure',
    'no',
    'own_failures',
  ].map((column) => `batches.${column}`),
  ...['grant_sources.id', 'group_memberships.id', 'run_links.linked_at'],
  ...[
    'batches_per_job',
    'begin_told_at',
    'closed_at',
    'drift',
    'end_told_at',
    'error',
    'error_code',
    'failing_since',
    'failures',
    'openings',
    'passed_over',
    'refused_since',
  ].map((column) => `runs.${column}`),
  ...['task_assignments.id', 'user_versions.id'],
  ...['admin_roles_seen', 'bot_roles_seen', 'extra', 'groups_seen', 'hash', 'tasks_seen', 'unobserved'].map(
    (column) => `users.${column}`,
  ),
];

describe('verify', () => {
  test('finds nothing where nothing was planted, nor where the chain was made anew', async () => {
    const { difference } = await plant(() => Promise.resolve());
    expect(difference).toBeNull();
    const forged = await plant(async (connection) => {
      await connection.query(UNGUARDED);
      await forgeChain(connection);
    });
    expect(forged.difference).toBeNull();
    expect(forged.checks.filter(({ checked }) => checked === 0)).toEqual([]);
  });

  test.each(EDITS)('finds %s (%s)', async (_, check, sql) => {
    const { difference } = await plant(async (connection) => {
      await connection.query(`${UNGUARDED} ${sql}`);
    });
    expect(difference).toMatchObject({ check });
    expect(JSON.stringify(difference)).not.toContain('@');
  });

  test.each(FORGERIES)('finds %s (%s), even if the chain fits', async (_, check, sql) => {
    const { difference } = await plant(async (connection) => {
      await connection.query(`${UNGUARDED} ${sql}`);
      await forgeChain(connection);
    });
    expect(difference).toMatchObject({ check });
    expect(JSON.stringify(difference)).not.toContain('@');
  });

  test('finds any column that is edited, but for those that say nothing of what was published', async () => {
    const { pool } = await openNights();
    const { rows } = await pool.query<{ table: string; column: string; edit: string }>(COLUMNS, [COVERED]);
    const unseen: string[] = [];
    for (const { table, column, edit } of rows) {
      const { difference } = await plant(async (connection) => {
        await connection.query(`${UNGUARDED} SAVEPOINT edit`);
        // What the database itself refuses is found as well.
        await connection.query(edit).catch(async () => {
          await connection.query('ROLLBACK TO edit; DELETE FROM run_links');
        });
      });
      if (difference === null) unseen.push(`${table}.${column}`);
    }
    expect(rows.length).toBeGreaterThan(100);
    expect(unseen.sort()).toEqual(UNCOVERED);
  });

  test('has no check without a violation that it alone finds', async () => {
    const { checks } = await plant(() => Promise.resolve());
    const planted = new Set([...EDITS, ...FORGERIES].map(([, check]) => check));
    expect(checks.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });
});

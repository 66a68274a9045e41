import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type pg from 'pg';
import { createStore, type TestStore } from '../support/store.ts';

const [MONDAY, TUESDAY, WEDNESDAY, THURSDAY] = [
  '2026-03-02T02:00Z',
  '2026-03-03T02:00Z',
  '2026-03-04T02:00Z',
  '2026-03-05T02:00Z',
];

let store: TestStore;
let connection: pg.PoolClient;

beforeAll(async () => {
  store = await createStore(1);
  return store.close;
});

beforeEach(async () => {
  connection = await store.database.pool.connect();
  await connection.query('BEGIN');
});

afterEach(async () => {
  await connection.query('ROLLBACK');
  connection.release();
});

/** Also judges what is judged when a transaction commits. */
async function accept(sql: string, ...values: readonly (string | number | null)[]): Promise<void> {
  await connection.query(sql, [...values]);
  await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
  await connection.query('SET CONSTRAINTS ALL DEFERRED');
}

async function refuse(
  reason: RegExp,
  sql: string,
  ...values: readonly (string | number | null)[]
): Promise<void> {
  await connection.query('SAVEPOINT before');
  await expect(accept(sql, ...values)).rejects.toThrow(reason);
  await connection.query('ROLLBACK TO before');
}

const OPEN_RUN = `INSERT INTO runs (key, trigger) VALUES ($1, 'manual')`;
const CURRENT_USER = `
  INSERT INTO users (user_id, email, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
  VALUES ($1, $2, true, true, true, true, '${MONDAY}')`;

describe('a run', () => {
  test('is refused while another is open', async () => {
    // I5
    await accept(OPEN_RUN, 'one');
    await refuse(/runs_one_open/, OPEN_RUN, 'two');
    await accept(`UPDATE runs SET status = 'failed'`);
    await accept(OPEN_RUN, 'two');
  });

  test('is published with everything that says when and how much, or not at all', async () => {
    await accept(OPEN_RUN, 'one');
    await refuse(/runs_published_complete/, `UPDATE runs SET status = 'published', as_of = now()`);
  });

  test('shares its instant with no other published one', async () => {
    const publish = `UPDATE runs SET status = 'published', as_of = '${MONDAY}', published_at = now(), coverage = 1
                      WHERE status = 'open'`;
    await accept(OPEN_RUN, 'one');
    await accept(publish);
    await accept(OPEN_RUN, 'two');
    await refuse(/runs_published_as_of/, publish);
  });
});

test('a batch accounts for every entry it asked about before it counts as done', async () => {
  // I10
  await accept(OPEN_RUN, 'one');
  await accept(
    `INSERT INTO batches (run_id, no, entry_kind, rostered, size) SELECT id, 1, 'email', true, 3 FROM runs`,
  );
  const answer = `UPDATE batches SET status = $1::batch_status, found = $2, absent = 1, unanswered = 0`;
  await refuse(/batches_receipt/, answer, 'answered', 1);
  await refuse(/batches_receipt/, answer, 'given_up', 3);
  await accept(answer, 'answered', 2);
});

describe('an address', () => {
  test('belongs to one current user', async () => {
    await accept(CURRENT_USER, 'u-1', 'jane@example.com');
    await refuse(/users_email_of_current/, CURRENT_USER, 'u-2', 'jane@example.com');
  });

  test('may be swapped between two people within one transaction', async () => {
    await accept(CURRENT_USER, 'u-1', 'a@example.com');
    await accept(CURRENT_USER, 'u-2', 'b@example.com');
    await connection.query(`UPDATE users SET email = 'b@example.com' WHERE user_id = 'u-1'`);
    await accept(`UPDATE users SET email = 'a@example.com' WHERE user_id = 'u-2'`);
  });

  test('of a removed user is free for another, and taken when the first comes back', async () => {
    await accept(CURRENT_USER, 'u-1', 'jane@example.com');
    await accept(`UPDATE users SET removed_at = '${TUESDAY}'`);
    await accept(CURRENT_USER, 'u-2', 'jane@example.com');
    await refuse(/users_email_of_current/, 'UPDATE users SET removed_at = NULL');
  });
});

/** A table of intervals, the columns of its key, and two keys. */
const HISTORIES: readonly (readonly [table: string, columns: string, key: string, otherKey: string])[] = [
  ['user_versions', 'person_id', '1', '2'],
  ['role_names', 'role_ref', '1', '2'],
  ['bot_names', 'bot_ref', '1', '2'],
  ['group_names', 'group_ref', '1', '2'],
  ['role_grants', 'person_id, role_ref, bot_ref', '1, 1, 1', '1, 1, 2'],
  ['role_grants', 'person_id, role_ref, bot_ref', '1, 1, NULL', '1, 1, 1'],
  ['grant_sources', 'grant_id, group_ref', '1, 1', '1, 2'],
  ['grant_sources', 'grant_id, group_ref', '1, NULL', '1, 1'],
  ['group_memberships', 'person_id, group_ref', '1, 1', '1, 2'],
  ['task_assignments', 'person_id, bot_ref, task_kind, task_id', `1, 1, 'dialog', 't'`, `1, 1, 'alert', 't'`],
  ['unconfirmed', 'person_id', '1', '2'],
];

describe.each(HISTORIES)('an interval of %s (%s of %s)', (table, columns, key, otherKey) => {
  const REFUSED = /overlaps a closed one|unique constraint|_interval/;
  const insertOf = (of: string) =>
    `INSERT INTO ${table} (${columns}, valid_from, valid_to) VALUES (${of}, $1, $2)`;
  const INSERT = insertOf(key);

  beforeEach(async () => {
    await connection.query(`INSERT INTO roles (id, scope, role_id) VALUES (1, 'bot', 'r-1'), (2, 'bot', 'r-2');
                            INSERT INTO bots (id, bot_id) VALUES (1, 'st-1'), (2, 'st-2');
                            INSERT INTO groups (id, group_id) VALUES (1, 'g-1'), (2, 'g-2')`);
  });

  test('may begin where another of the same key ends, and coincide with one of another key', async () => {
    await accept(INSERT, MONDAY, TUESDAY);
    await accept(INSERT, TUESDAY, WEDNESDAY);
    await accept(INSERT, WEDNESDAY, null);
    await accept(insertOf(otherKey), MONDAY, TUESDAY);
    await accept(insertOf(otherKey), TUESDAY, null);
  });

  test('is refused where it overlaps another of the same key', async () => {
    await accept(INSERT, TUESDAY, THURSDAY);
    await refuse(REFUSED, INSERT, MONDAY, WEDNESDAY);
    await refuse(REFUSED, INSERT, WEDNESDAY, null);
    await refuse(REFUSED, INSERT, MONDAY, null);
    await refuse(REFUSED, INSERT, TUESDAY, THURSDAY);
    await refuse(REFUSED, INSERT, WEDNESDAY, WEDNESDAY);
    await accept(INSERT, THURSDAY, null);
    await refuse(REFUSED, INSERT, THURSDAY, null);
  });

  test('is refused where it overlaps one that is written beside it', async () => {
    const both = `INSERT INTO ${table} (${columns}, valid_from, valid_to) VALUES (${key}, $1, $2), (${key}, $3, $4)`;
    await refuse(REFUSED, both, MONDAY, WEDNESDAY, TUESDAY, THURSDAY);
    await accept(both, MONDAY, TUESDAY, TUESDAY, null);
  });

  test('is refused where it is moved over another of the same key', async () => {
    await accept(INSERT, MONDAY, TUESDAY);
    await accept(INSERT, TUESDAY, WEDNESDAY);
    await accept(INSERT, WEDNESDAY, null);
    const move = (column: string) => `UPDATE ${table} SET ${column} = $1 WHERE valid_from = $2`;
    await refuse(REFUSED, move('valid_to'), WEDNESDAY, MONDAY);
    await refuse(REFUSED, move('valid_from'), MONDAY, WEDNESDAY);
    await accept(move('valid_to'), THURSDAY, WEDNESDAY);
  });
});

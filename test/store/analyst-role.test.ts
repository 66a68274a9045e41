import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { grantAnalystRole } from '../../src/store/analyst-role.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrations.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { openStore } from '../support/store.ts';

const PASSWORD = 'for this test';

/** Roles belong to the whole server, which is gone after the tests. */
function nameRole({ odd = false } = {}): string {
  return `${odd ? 'An "odd" rôle; ' : ''}analyst_${randomBytes(4).toString('hex')}`;
}

async function runAsOwner(sql: string): Promise<void> {
  await run(inject('postgresUrl'), sql);
}

/** One statement after another in one session; returns the rows of the last. */
async function run(url: string, ...statements: readonly string[]): Promise<readonly object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly object[] = [];
    for (const sql of statements) rows = (await client.query<object>(sql)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** The same database, as somebody else. */
async function logInAs(url: string, name: string): Promise<string> {
  await runAsOwner(`ALTER ROLE ${pg.escapeIdentifier(name)} PASSWORD '${PASSWORD}'`);
  const as = new URL(url);
  as.username = encodeURIComponent(name);
  as.password = encodeURIComponent(PASSWORD);
  return as.href;
}

test('an analyst reads all of schema directory, and is refused everything else', async () => {
  const { database, url, query } = await openStore();
  const name = nameRole({ odd: true });
  expect(await grantAnalystRole(database, name)).toEqual([
    expect.stringContaining(`ALTER ROLE ${pg.escapeIdentifier(name)} PASSWORD`),
  ]);
  const analyst = await logInAs(url, name);

  const readable = await query<{ call: string }>(READABLE);
  expect(readable.length).toBeGreaterThan(25);
  await run(analyst, ...readable.map(({ call }) => `SELECT * FROM ${call}`));

  const tables = await query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  expect(tables.map((table) => table.name)).toEqual(
    expect.arrayContaining(['users', '_prisma_migrations', 'bullmq.job']),
  );
  const refused = [
    ...tables.map((table) => `SELECT FROM ${table.name}`),
    'DELETE FROM directory.users',
    `UPDATE directory.users SET email = 'x'`,
    `INSERT INTO directory.group_memberships (user_id) VALUES ('u')`,
    'CREATE TABLE public.mine (id int)',
    'CREATE TABLE directory.mine (id int)',
    'CREATE SCHEMA mine',
    'DROP VIEW directory.users',
    `ALTER ROLE CURRENT_USER SUPERUSER`,
    `SELECT nextval('runs_id_seq')`,
  ];
  const denied = /permission denied|must be owner|cannot (?:delete|update|insert)/;
  expect((await findAnswered(analyst, refused)).filter(({ answer }) => !denied.test(answer))).toEqual([]);
});

/** What came of each statement: the complaint, or that there was none. */
async function findAnswered(url: string, statements: readonly string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const answers: { sql: string; answer: string }[] = [];
  for (const sql of statements) {
    const answer = await client.query(sql).then(() => 'done', String);
    answers.push({ sql, answer });
  }
  await client.end();
  return answers;
}

test('what an analyst calls does nothing with the rights of somebody else', async () => {
  const { query } = await openStore();
  const functions = `FROM pg_proc p WHERE p.pronamespace = 'directory'::regnamespace`;
  expect(
    await query(`SELECT p.oid::regprocedure ${functions} AND (p.prosecdef OR p.provolatile = 'v')`),
  ).toEqual([]);
  // A body in SQL text would look its names up under the caller's search_path.
  expect(await query(`SELECT p.oid::regprocedure ${functions} AND p.prosqlbody IS NULL`)).toEqual([]);
});

test('a caller who has put tables of the same names first reads the directory all the same', async () => {
  const { database, url } = await openStore();
  const name = nameRole();
  await grantAnalystRole(database, name);
  const analyst = await logInAs(url, name);
  const forged = await run(
    analyst,
    `CREATE TEMP TABLE users AS SELECT 'forged' AS user_id`,
    `CREATE TEMP TABLE users_by_night AS SELECT 'forged' AS user_id, now() AS as_of`,
    'CREATE TEMP TABLE nights AS SELECT now() AS as_of',
    'SET search_path = pg_temp, directory, public',
    `SELECT user_id FROM directory.users_as_of('infinity')`,
  );
  expect(forged).toEqual([]);
});

test('views that a later migration brings can be read as well, and granting again changes nothing', async () => {
  const { database, url, query } = await openStore();
  const name = nameRole();
  await grantAnalystRole(database, name);
  expect(await grantAnalystRole(database, name)).toEqual([]);
  const analyst = await logInAs(url, name);
  await query(`CREATE VIEW directory.later AS SELECT count(*) FROM users;
               CREATE FUNCTION directory.later() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count FROM directory.later; END`);
  expect(await run(analyst, 'SELECT * FROM directory.later')).toEqual([{ count: '0' }]);
  expect(await run(analyst, 'SELECT directory.later() AS count')).toEqual([{ count: '0' }]);
});

test('a role that could read the tables anyway is refused, and given nothing', async () => {
  const { database, query } = await openStore();
  const [me] = await query<{ name: string }>('SELECT current_user AS name');
  await expect(grantAnalystRole(database, me?.name ?? '')).rejects.toMatchObject({
    code: 'ANALYST_ROLE_UNFIT',
  });

  const name = nameRole();
  await runAsOwner(`CREATE ROLE ${name}`);
  await query(`GRANT SELECT (user_id) ON users TO ${name}`);
  await expect(grantAnalystRole(database, name)).rejects.toThrow(
    /can reach tables of this program \(users\)/,
  );
  await query(`REVOKE SELECT (user_id) ON users FROM ${name}; GRANT pg_read_all_data TO ${name}`);
  await expect(grantAnalystRole(database, name)).rejects.toThrow(/and \d+ more\)/);
  await query(`REVOKE pg_read_all_data FROM ${name}`);
  expect(await query(`SELECT has_schema_privilege('${name}', 'directory', 'USAGE') AS usage`)).toEqual([
    { usage: false },
  ]);
  expect(await grantAnalystRole(database, name)).toEqual([]);
});

test.each(['', 'x'.repeat(64), 'pg_analyst', 'public'])('"%s" is no name for a role', async (name) => {
  const { database } = await openStore();
  await expect(grantAnalystRole(database, name)).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:USAGE|ANALYST_ROLE_UNFIT)$/) as unknown,
  });
});

test('an owner who may make no roles is told what an administrator has to run, and then grants', async () => {
  const { database, url } = await openOwnedDatabase();
  const name = nameRole();
  await expect(grantAnalystRole(database, name)).rejects.toMatchObject({
    code: 'ANALYST_ROLE_MISSING',
    message: expect.stringContaining(`CREATE ROLE "${name}" LOGIN PASSWORD`) as unknown,
  });
  await runAsOwner(`CREATE ROLE "${name}" LOGIN`);
  expect(await grantAnalystRole(database, name)).toEqual([]);
  const analyst = await logInAs(url, name);
  expect(await run(analyst, 'SELECT * FROM directory.users_as_of(now())')).toEqual([]);
  await expect(run(analyst, 'SELECT FROM users')).rejects.toThrow('permission denied');
});

test('where everybody may create in schema public, that is said, with the SQL that ends it', async () => {
  const { database, query } = await openStore();
  const name = nameRole();
  await query('GRANT CREATE ON SCHEMA public TO PUBLIC');
  await runAsOwner(`CREATE ROLE ${name}`);
  expect(await grantAnalystRole(database, name)).toEqual([
    expect.stringContaining('REVOKE CREATE ON SCHEMA public FROM PUBLIC'),
  ]);
});

test('somebody who does not own the schema cannot let others read it, and is told so', async () => {
  const { database, url, query } = await openStore();
  const reader = nameRole();
  await grantAnalystRole(database, reader);
  const other = nameRole();
  await query(`CREATE ROLE ${other}`);
  const asReader = await openDatabase({
    url: await logInAs(url, reader),
    size: 1,
    onIdleError: () => undefined,
  });
  await expect(grantAnalystRole(asReader, other)).rejects.toMatchObject({ code: 'ANALYST_ROLE_UNFIT' });
  await asReader.close();
});

/** A database whose owner can do everything in it, and nothing beside it. */
async function openOwnedDatabase(): Promise<{ database: Database; url: string }> {
  const owner = nameRole();
  const server = await createTestDatabase();
  await runAsOwner(`CREATE ROLE ${owner} LOGIN`);
  await runAsOwner(`ALTER DATABASE ${server.name} OWNER TO ${owner}`);
  const url = await logInAs(server.url, owner);
  const database = await openDatabase({ url, size: 2, onIdleError: () => undefined });
  onTestFinished(async () => {
    await database.close();
    await server.drop();
  });
  await migrateDatabase(database, url);
  return { database, url };
}

const READABLE = `
  SELECT c.oid::regclass::text AS call FROM pg_class c
   WHERE c.relnamespace = 'directory'::regnamespace AND c.relkind = 'v'
  UNION ALL
  SELECT format('directory.%I(%s)', p.proname, (
           SELECT string_agg(format('NULL::%s', t::regtype), ', ') FROM unnest(p.proargtypes) AS t))
    FROM pg_proc p WHERE p.pronamespace = 'directory'::regnamespace`;

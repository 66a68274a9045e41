import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../src/store/package-root.ts';
import { withSchemaEngine } from '../../src/store/schema-engine.ts';
import { DESCRIBE_SCHEMA } from '../support/catalogue.ts';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** What the migrations say and Prisma's language cannot. Everything else must be in schema.prisma. */
const BEYOND_PRISMA = [
  /^constraint \w+ on \w+ CHECK /,
  /^constraint users_email_of_current on users EXCLUDE USING btree /,
  /^index CREATE INDEX users_email_of_current /,
  /^index CREATE UNIQUE INDEX runs_one_open /,
  /^index CREATE UNIQUE INDEX runs_published_as_of /,
  /^trigger \w+_refuse_overlap_on_(insert|update) on \w+$/,
  /^function refuse_overlap\(\)$/,
  /^function erase_person\(text\)$/,
];

interface Differences {
  readonly onlyInMigrations: readonly string[];
  readonly onlyInSchema: readonly string[];
}

let migrated: readonly string[] = [];
let schema = '';

beforeAll(async () => {
  schema = await readFile(path.join(packageRoot(), 'prisma', 'schema.prisma'), 'utf8');
  migrated = await describeAndDrop(await createMigratedDatabase());
});

describe('schema.prisma and the migrations', () => {
  test('make the same database, but for what Prisma cannot say', async () => {
    const { onlyInMigrations, onlyInSchema } = await compare(schema);
    expect(onlyInSchema).toEqual([]);
    expect(onlyInMigrations.filter((line) => !BEYOND_PRISMA.some((known) => known.test(line)))).toEqual([]);
    for (const known of BEYOND_PRISMA) expect(onlyInMigrations).toContainEqual(expect.stringMatching(known));
  });

  test.each<[string, RegExp, string, RegExp]>([
    ['a column that is missing', /^ +pinnedAt .*$/m, '', /^column account\.pinned_at /],
    ['a column that may be null', /^( +key +)String( +@unique)/m, '$1String?$2', /^column runs\.key /],
    ['a default', /@default\(autoincrement\(\)\)/, '', / DEFAULT nextval/],
    [
      'an index over a part of a table',
      /^ +@@index\(\[runId, no\], where: .*$/m,
      '',
      /^index .*batches_pending/,
    ],
    ['the part of a table an index covers', /valid_to IS NULL/, 'valid_to IS NOT NULL', /_open .*IS NULL/],
    ['a value of an enum', /^ +superseded$/m, '', /^enum run_status /],
  ])('are told apart by %s', async (_, pattern, replacement, difference) => {
    const planted = schema.replace(pattern, replacement);
    expect(planted).not.toBe(schema);
    const { onlyInMigrations } = await compare(planted);
    expect(
      onlyInMigrations.filter((line) => !BEYOND_PRISMA.some((known) => known.test(line))),
    ).toContainEqual(expect.stringMatching(difference));
  });
});

async function compare(datamodel: string): Promise<Differences> {
  const database = await createTestDatabase();
  await database.query(await writeScript(datamodel));
  const described = await describeAndDrop(database);
  return {
    onlyInMigrations: migrated.filter((line) => !described.includes(line)),
    onlyInSchema: described.filter((line) => !migrated.includes(line)),
  };
}

/** The SQL with which Prisma would make the database from nothing. */
async function writeScript(datamodel: string): Promise<string> {
  const { stdout } = await withSchemaEngine(inject('postgresUrl'), datamodel, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: datamodel }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return stdout ?? '';
}

async function describeAndDrop(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query<{ line: string }>(DESCRIBE_SCHEMA);
  await database.drop();
  return rows.map(({ line }) => line);
}

import path from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { DEMO_POPULATION } from '../../src/cli/demo.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { grantAnalystRole } from '../../src/store/analyst-role.ts';
import { openDatabase } from '../../src/store/database.ts';
import { readTree, ROOT } from '../repo/tree.ts';
import { startNights } from '../support/night.ts';
import { openStore } from '../support/store.ts';

const COOKBOOK = 'docs/queries.md';
/** A query and, under it, what it says of the demo. */
const RECIPE = /```sql\n(?<sql>[^`]+)```\n\n```text\n(?<result>[^`]*)```/g;

/** The document gives the demo's nights these dates, since everybody's demo runs at another time. */
const DATED = [
  { opened: '2026-03-03 01:59', asOf: '2026-03-03 02:00', written: ["'2026-03-03 23:59'", "'2026-03-04'"] },
  { opened: '2026-03-04 01:59', asOf: '2026-03-04 02:00', written: ["'2026-03-04 23:59'", "'2026-03-05'"] },
];
interface Night {
  readonly as_of: string;
  readonly opened_at: string;
}

describe('docs/queries.md', () => {
  /** `npm run fix:queries` writes the file anew. */
  test('has the results that its queries give on the data of the demo, read by an analyst', async () => {
    const cooked = await cook(await readTree(COOKBOOK));
    await expect(cooked).toMatchFileSnapshot(path.join(ROOT, COOKBOOK));
  });

  test('answers thirty questions, each heading with its one query', async () => {
    const text = await readTree(COOKBOOK);
    const headings = Array.from(text.matchAll(/^### (\d+)\. .*\?$/gm), ([, number]) => Number(number));
    expect(headings.length).toBeGreaterThanOrEqual(30);
    expect(headings).toEqual(headings.map((_, index) => index + 1));
    expect(Array.from(text.matchAll(RECIPE))).toHaveLength(headings.length);
  });
});

test('docs/data.md names everything there is in schema directory', async () => {
  const { query } = await openStore();
  const things = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'directory'::regnamespace AND relkind = 'v'
     UNION SELECT proname || '(' FROM pg_proc WHERE pronamespace = 'directory'::regnamespace`,
  );
  const text = await readTree('docs/data.md');
  expect(things.length).toBeGreaterThan(25);
  expect(things.filter(({ name }) => !text.includes(`\`${name}`))).toEqual([]);
});

/** Runs every query of the document against the demo, with the rights of an analyst. */
async function cook(document: string): Promise<string> {
  const tenant = populateTenant(DEMO_POPULATION);
  const demo = await startNights(tenant);
  for (const night of DATED) {
    expect(await demo.run(), night.asOf).toMatchObject({ status: 'published' });
    tenant.advanceNight();
  }
  const nights = await demo.query<Night>(
    `SELECT as_of::text, opened_at::text FROM directory.nights ORDER BY as_of`,
  );
  await makeAnalyst(demo.databaseUrl);
  const client = new pg.Client({
    connectionString: demo.databaseUrl,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  await client.query(`SET ROLE ${ANALYST}`);
  let cooked = document;
  for (const { 0: recipe, groups } of document.matchAll(RECIPE)) {
    const sql = groups?.['sql'] ?? '';
    const { fields, rows } = await client.query<(string | null)[]>({
      text: dateQuery(sql, nights),
      rowMode: 'array',
    });
    const table = dateResult(
      describeRows(
        fields.map(({ name }) => name),
        rows,
      ),
      nights,
    );
    cooked = cooked.replace(recipe, () => `\`\`\`sql\n${sql}\`\`\`\n\n\`\`\`text\n${table}\n\`\`\``);
  }
  await client.end();
  return cooked;
}

const ANALYST = 'cookbook_reader';

async function makeAnalyst(url: string): Promise<void> {
  const database = await openDatabase({ url, size: 1, onIdleError: () => undefined });
  await grantAnalystRole(database, ANALYST);
  await database.close();
}

/** The first night's dates mean the instant before the second night; the second's, the end of time. */
function dateQuery(sql: string, nights: readonly Night[]): string {
  const instants = [`'${nights[1]?.as_of ?? ''}'::timestamptz - interval '1 microsecond'`, "'infinity'"];
  return DATED.reduce(
    (dated, { written }, index) =>
      written.reduce((each, literal) => each.replaceAll(literal, instants[index] ?? ''), dated),
    sql,
  );
}

function dateResult(table: string, nights: readonly Night[]): string {
  return DATED.reduce(
    (dated, { opened, asOf }, index) =>
      dated.replaceAll(nights[index]?.as_of ?? '', asOf).replaceAll(nights[index]?.opened_at ?? '', opened),
    table,
  );
}

function describeRows(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const lines = [columns, ...rows.map((row) => row.map((cell) => cell ?? ''))];
  const described = lines.map((line) => line.join(' | ').trimEnd());
  return [...described, `(${rows.length} row${rows.length === 1 ? '' : 's'})`].join('\n');
}

test('every query of docs/hr-join.md can be run, in the order in which it is written', async () => {
  const { database, query } = await openStore();
  await grantAnalystRole(database, ANALYST);
  await query('CREATE SCHEMA hr; CREATE TABLE hr.moves (employee_id text, moved_on date)');
  const written = (await readTree('docs/hr-join.md')).replaceAll('TO analyst', `TO ${ANALYST}`);
  const blocks = Array.from(written.matchAll(/```sql\n([^`]+)```/g), ([, sql = '']) => sql);
  expect(blocks.length).toBeGreaterThan(5);
  for (const sql of blocks) await query(sql.replace('CREATE SCHEMA hr;', ''));
});

import path from 'node:path';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TERMINAL } from '../../src/cli/output.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { EXIT, type ExitCode } from '../../src/core/exit-code.ts';
import { ENVIRONMENT } from '../../src/config/environment.ts';
import { createMigratedDatabase } from '../support/postgres.ts';
import { readTree, ROOT } from './tree.ts';

const README = path.join(ROOT, 'README.md');

/** Rows of cells, the first being the head. */
type Table = readonly (readonly string[])[];

describe('README.md', () => {
  /** `npm run fix:readme` writes the file anew. */
  test('has the tables that the code and the database give', async () => {
    let text = await readTree('README.md');
    for (const [heading, makeTable] of Object.entries(TABLES)) {
      text = replaceTable(text, heading, await makeTable());
    }
    const expected = await format(text, { ...(await resolveConfig(README)), filepath: README });
    await expect(expected).toMatchFileSnapshot(README);
  });

  test('with another table is another text', () => {
    const text = '## One\n\nWords.\n\n| a |\n| - |\n| b |\n\n## Two\n';
    const table = [['a'], ['c | d']];
    const replaced = '## One\n\nWords.\n\n| a |\n| --- |\n| c \\| d |\n\n## Two\n';
    expect(replaceTable(text, 'One', table)).toBe(replaced);
    expect(replaceTable(replaced, 'One', table)).toBe(replaced);
    expect(() => replaceTable(text, 'Two', table)).toThrow('no table under the heading "Two"');
  });
});

const TABLES: Readonly<Record<string, () => Table | Promise<Table>>> = {
  Environment: () => [
    ['Variable', 'Default', 'Meaning'],
    ...ENVIRONMENT.map(({ name, default: preset, meaning, secret }) => [
      secret ? `${code(name)} or ${code(`${name}_FILE`)}` : code(name),
      preset === null ? '' : code(preset),
      meaning,
    ]),
  ],
  Commands: () => [
    ['Command', 'Does'],
    ...listCommands(
      buildProgram(TERMINAL, () => undefined),
      '',
    ).map(({ usage, description }) => [code(usage), description]),
  ],
  'Exit codes': () => [['Code', 'Means'], ...Object.entries(EXIT_MEANINGS)],
  'What is in the database': loadViews,
};

const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'done; of a run: published with every entry answered, or a dry run that would be published',
  [EXIT.failed]: 'failed or interrupted; the night before stays the truth',
  [EXIT.usage]: 'wrong usage, configuration or roster; nothing was asked or written',
  [EXIT.held]: 'held by the guard; the night before stays the truth',
  [EXIT.partial]: 'published, with entries that stayed unanswered',
};

function listCommands(command: Command, parent: string): { usage: string; description: string }[] {
  return command.commands.flatMap((child) => {
    const name = `${parent}${child.name()}`;
    const parts = [
      ...child.registeredArguments.map((argument) => `<${argument.name()}>`),
      ...child.options.map(({ flags }) => `[${flags}]`),
    ];
    return [
      { usage: [name, ...parts].join(' '), description: child.description() },
      ...listCommands(child, `${name} `),
    ];
  });
}

async function loadViews(): Promise<Table> {
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  const views = await database.query<{ name: string; what: string; columns: string }>(`
    SELECT c.oid, c.relname AS name, obj_description(c.oid, 'pg_class') AS what,
           (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns
      FROM pg_class c WHERE c.relnamespace = 'directory'::regnamespace AND c.relkind IN ('v', 'm')
    UNION ALL
    SELECT p.oid, p.proname || '(' || replace(oidvectortypes(p.proargtypes), 'timestamp with time zone', 'timestamptz') || ')',
           obj_description(p.oid, 'pg_proc'),
           (SELECT string_agg(a.name, ', ' ORDER BY a.position)
              FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS a (name, mode, position) WHERE a.mode = 't')
      FROM pg_proc p WHERE p.pronamespace = 'directory'::regnamespace
     ORDER BY oid`);
  return [
    ['In `directory`', 'Holds', 'Columns'],
    ...views.map(({ name, what, columns }) => [code(name), what, code(columns)]),
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Puts `table` where the first table under a heading is. */
function replaceTable(markdown: string, heading: string, [head = [], ...rows]: Table): string {
  const lines = markdown.split('\n');
  const section = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  const isTableLine = (line: string): boolean => line.startsWith('|');
  const after = (from: number, isWanted: (line: string) => boolean): number => {
    const offset = lines.slice(from).findIndex(isWanted);
    return offset === -1 ? lines.length : from + offset;
  };
  const start = after(section + 1, (line) => isTableLine(line) || line.startsWith('#'));
  if (section === -1 || !isTableLine(lines[start] ?? '')) {
    throw new Error(`README.md has no table under the heading "${heading}"`);
  }
  const end = after(start, (line) => !isTableLine(line));
  const written = [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return [...lines.slice(0, start), ...written, ...lines.slice(end)].join('\n');
}

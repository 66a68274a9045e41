import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { TERMINAL } from '../../src/cli/output.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { RUN_EVENT_KINDS } from '../../src/core/run-event.ts';
import { readTree } from './tree.ts';

const text = await readTree('docs/operations.md');
const headings = Array.from(text.matchAll(/^#{2,} (.*)$/gm), ([, heading = '']) =>
  heading.replaceAll(/[`\\]/g, ''),
);

/** The members of a union of string literals, in their order. */
function listMembers(code: string, name: string): string[] {
  const members: string[] = [];
  const source = ts.createSourceFile('union.ts', code, ts.ScriptTarget.Latest);
  ts.forEachChild(source, (node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== name || !ts.isUnionTypeNode(node.type)) return;
    for (const type of node.type.types) {
      if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) members.push(type.literal.text);
    }
  });
  return members;
}

const errorCodes = listMembers(await readTree('src/core/errors.ts'), 'ErrorCode');

/** What stands under a heading, up to the next. */
function readSection(heading: string): string {
  const sections = text.split(/^#{2,} /m);
  return sections.find((section) => section.replaceAll(/[`\\]/g, '').startsWith(`${heading}\n`)) ?? '';
}

describe('docs/operations.md', () => {
  test('has a heading for every error code, and none for a code that is gone', () => {
    expect(errorCodes.length).toBeGreaterThan(20);
    expect(headings.filter((heading) => /^[A-Z]+(?:_[A-Z]+)*$/.test(heading)).sort()).toEqual(
      [...errorCodes].sort(),
    );
  });

  test.each(RUN_EVENT_KINDS)(
    'says of the event %s what it means, the first command, and what waiting costs',
    (kind) => {
      const section = readSection(kind);
      expect(section).toContain('First command:');
      expect(section.replaceAll('\n', ' ')).toContain('Until morning:');
    },
  );

  test('names commands that are there', () => {
    const program = buildProgram(TERMINAL, () => undefined);
    const named = Array.from(
      text.matchAll(/kore-sync ([a-z]+)(?: ([a-z]+))?/g),
      ([, name = '', child = '']) => ({ name, child }),
    );
    const unknown = named.filter(({ name, child }) => {
      const command = program.commands.find((each) => each.name() === name);
      if (command === undefined) return true;
      return (
        child !== '' && command.commands.length > 0 && !command.commands.some((each) => each.name() === child)
      );
    });
    expect(named.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});

import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { listTree, readTree } from './tree.ts';

/** Ways around the compiler, the linter and the tests. */
type Escape = 'cast' | 'non-null' | 'any' | 'directive' | 'left-out test';

/** How many there may be. A number may only fall: whoever removes one lowers it here. */
const BUDGET: Readonly<Record<'product' | 'tests', Readonly<Record<Escape, number>>>> = {
  product: { cast: 3, 'non-null': 0, any: 0, directive: 1, 'left-out test': 0 },
  tests: { cast: 13, 'non-null': 0, any: 0, directive: 4, 'left-out test': 0 },
};

interface Found {
  readonly escape: Escape;
  readonly place: string;
  /** From its end to the end of its line. */
  readonly rest: string;
}

const DIRECTIVE = /(?:eslint[-]disable|@ts[-](?:ignore|nocheck|expect-error)|(?:v8|c8|istanbul) ignore)(.*)/;
const LEFT_OUT = /^(?:test|it|describe|suite)\.(?:skip|only|todo|fails)$/;

function findEscapes(file: string, text: string): Found[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    const escape = escapeOf(node);
    if (escape !== undefined) {
      const { line, character } = source.getLineAndCharacterOfPosition(node.getEnd());
      found.push({ escape, place: `${file}:${line + 1}`, rest: lines[line]?.slice(character) ?? '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const [index, line] of lines.entries()) {
    const rest = DIRECTIVE.exec(line)?.[1];
    if (rest !== undefined) found.push({ escape: 'directive', place: `${file}:${index + 1}`, rest });
  }
  return found;
}

function escapeOf(node: ts.Node): Escape | undefined {
  if (ts.isAsExpression(node)) return isHarmless(node.type) ? undefined : 'cast';
  if (ts.isTypeAssertionExpression(node)) return 'cast';
  if (ts.isNonNullExpression(node)) return 'non-null';
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'any';
  if (ts.isPropertyAccessExpression(node) && LEFT_OUT.test(node.getText())) return 'left-out test';
  return undefined;
}

/** `as const` and `as unknown` claim nothing: they make a type narrower by looking, or forget what it was. */
function isHarmless(type: ts.TypeNode): boolean {
  return ts.isConstTypeReference(type) || type.kind === ts.SyntaxKind.UnknownKeyword;
}

const files = (await listTree()).filter((file) => file.endsWith('.ts'));
const found = (await Promise.all(files.map(async (file) => findEscapes(file, await readTree(file))))).flat();

describe('escapes', () => {
  test.each(['product', 'tests'] as const)('there are as many in the %s as the budget says', (part) => {
    const places: Record<Escape, string[]> = {
      cast: [],
      'non-null': [],
      any: [],
      directive: [],
      'left-out test': [],
    };
    for (const { escape, place } of found) {
      if (place.startsWith('test/') === (part === 'tests')) places[escape].push(place);
    }
    const counts = Object.fromEntries(
      Object.entries(places).map(([escape, where]) => [escape, where.length]),
    );
    expect(counts, JSON.stringify(places, null, 2)).toEqual(BUDGET[part]);
  });

  test('each has its reason on its line', () => {
    const bare = found.filter(({ escape, rest }) => {
      const reason = escape === 'directive' ? / -- \S.{8}/ : /\/\/ \S.{8}/;
      return !reason.test(rest);
    });
    expect(bare.map(({ escape, place }) => `${place} ${escape}`)).toEqual([]);
  });

  test.each<[Escape, string]>([
    ['cast', 'const a = b as string;'],
    ['cast', 'const a = <string>b;'],
    ['non-null', 'const a = b!;'],
    ['any', 'const a:any = b;'],
    ['directive', '// eslint-' + 'disable-next-line no-var'],
    ['directive', '// @ts-' + 'expect-error'],
    ['left-out test', "test.skip ('works', () => {});"],
    ['left-out test', "describe.only ('it', () => {});"],
  ])('a %s such as `%s` is found', (escape, code) => {
    const [first, ...others] = findEscapes('planted.ts', code);
    expect(first).toMatchObject({ escape, place: 'planted.ts:1' });
    expect(others).toEqual([]);
  });

  test.each([
    "const a = ['b'] as const;",
    'const a = b as unknown;',
    'const a = b satisfies string;',
    'const a = !b;',
  ])('`%s` is none', (code) => {
    expect(findEscapes('planted.ts', code)).toEqual([]);
  });
});

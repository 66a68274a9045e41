import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';

export interface YamlLines {
  /** What the text says, as plain values; null where it says nothing. */
  readonly value: unknown;
  /** Of the key or item that a path leads to, or of the last place that exists on the way. Counts from 1. */
  lineOf(path: readonly PropertyKey[]): number;
}

export type ParsedYaml =
  | ({ readonly ok: true } & YamlLines)
  | { readonly ok: false; readonly faults: readonly { readonly line: number; readonly text: string }[] };

/** More than anybody writes, and far from the billion that would fill the memory. */
const MAX_ALIASES = 100;

/** Reads YAML and remembers where everything stands. Total; quotes nothing of the text, which may hold a secret (I8). */
export function parseYaml(text: string): ParsedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number) => Math.max(1, counter.linePos(offset).line);
  if (document.errors.length > 0) {
    return {
      ok: false,
      faults: document.errors.map(({ pos, code }) => ({
        line: lineAt(pos[0]),
        text: `not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
      })),
    };
  }
  try {
    return {
      ok: true,
      value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown,
      lineOf: (path) => lineAt(findOffset(document.contents, path)),
    };
  } catch {
    return { ok: false, faults: [{ line: 1, text: 'more aliases than can be meant' }] };
  }
}

function findOffset(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!isScalar(pair?.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (!isMap(item) && !isSeq(item) && !isScalar(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}

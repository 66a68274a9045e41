export type Table = readonly [head: readonly string[], ...rows: readonly (readonly string[])[]];

export function describeMarkdown([head, ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}

/** By code unit: the order of a locale differs between machines, and hashes are compared between them. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import CliTable from 'cli-table3';
import { printable } from '../core/printable.ts';

const PLAIN = { head: [], border: [] };

/** A table for a terminal; every cell is made printable. */
export function describeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new CliTable({ head: [...head], style: { ...PLAIN, compact: true } });
  table.push(...rows.map((row) => row.map(printable)));
  return table.toString();
}

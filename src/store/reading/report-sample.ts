import type { Snapshot } from './snapshot.ts';

/** The beginning of a list, and how long it is. */
export interface Sample<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export const ROWS_SHOWN = 100;

/** The first rows of a query in that order. */
export async function loadSample<Row>(
  snapshot: Snapshot,
  select: string,
  order: string,
  values: readonly unknown[] = [],
  limit = ROWS_SHOWN,
): Promise<Sample<Row>> {
  const rows = await snapshot.load<Row & { readonly total: number }>(
    `SELECT *, count(*) OVER () AS total FROM (${select}) s ORDER BY ${order} LIMIT ${limit}`,
    values,
  );
  return { total: rows[0]?.total ?? 0, rows };
}

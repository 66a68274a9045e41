/** Something the database says of itself, and a query that holds it against something else it says. */
export interface Check {
  readonly name: string;
  /** What is counted. */
  readonly counts: string;
  /** One row per thing checked, with a column `difference`: text as `difference` writes it, or null. */
  readonly sql: string;
  readonly values?: readonly unknown[];
}

interface Place {
  /** SQL expressions; `run` of a bigint, `user` and `detail` of text. No address, no name of a person. */
  readonly table: string;
  readonly run?: string;
  readonly user?: string;
  readonly detail: string;
}

/** The SQL that writes down one difference. */
export function difference({ table, run = 'NULL::bigint', user = 'NULL::text', detail }: Place): string {
  return `jsonb_build_object('table', ${table}, 'runId', (${run})::text, 'userId', ${user}, 'detail', ${detail})::text`;
}

/** Published runs, and the instant at which history begins. */
export const NIGHTS = `
  published AS MATERIALIZED (SELECT id, as_of, base_id FROM runs WHERE status = 'published'),
  origin AS MATERIALIZED (SELECT min(as_of) AS as_of FROM published)`;

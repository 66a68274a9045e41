import type { Queryable } from './database.ts';

export interface ChainHead {
  readonly runId: string;
  /** SHA-256 in hexadecimal, lower case. */
  readonly link: string;
}

/** The links of the hash chain, in the order of their runs. */
export async function loadChain(connection: Queryable): Promise<readonly ChainHead[]> {
  const { rows } = await connection.query<ChainHead>(
    `SELECT l.run_id AS "runId", encode(l.link, 'hex') AS link
       FROM run_links l JOIN runs r ON r.id = l.run_id ORDER BY r.as_of`,
  );
  return rows;
}

/** The link of a published run; `undefined` where an older version published it. */
export async function loadLink(connection: Queryable, runId: string): Promise<string | undefined> {
  const { rows } = await connection.query<{ link: string }>(
    `SELECT encode(link, 'hex') AS link FROM run_links WHERE run_id = $1`,
    [runId],
  );
  return rows[0]?.link;
}

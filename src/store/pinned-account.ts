import type { Database } from './database.ts';

/** The account this database belongs to; null where no run has ever named one. */
export interface PinnedAccount {
  readonly host: string;
  readonly clientId: string;
  /** Once a run has been published; before that another account may still take its place. */
  readonly binding: boolean;
}

export async function loadPinnedAccount({ pool }: Database): Promise<PinnedAccount | null> {
  const { rows } = await pool.query<PinnedAccount>(
    `SELECT host, client_id AS "clientId", EXISTS (SELECT FROM runs WHERE status = 'published') AS binding
       FROM account WHERE host IS NOT NULL AND client_id IS NOT NULL`,
  );
  return rows[0] ?? null;
}

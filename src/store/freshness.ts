import type { LastGoodNight } from '../core/freshness.ts';
import type { Database } from './database.ts';

/** The last published run over the whole roster; null before the first. Dry runs are never published. */
export async function loadLastGoodNight({ pool }: Pick<Database, 'pool'>): Promise<LastGoodNight | null> {
  const { rows } = await pool.query<{ run_id: string; as_of: Date; age_ms: number }>(
    `SELECT run_id, as_of, (extract(epoch FROM age) * 1000)::float8 AS age_ms
       FROM directory.freshness WHERE run_id IS NOT NULL`,
  );
  const row = rows[0];
  return row === undefined ? null : { runId: row.run_id, asOf: row.as_of, ageMs: row.age_ms };
}

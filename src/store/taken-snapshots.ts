import type { Queryable } from './database.ts';

/**
 * Marks the snapshots of a run of which nothing is taken: of an unanswered user, and of one for whom another entry's counts.
 * When all fates are settled, and before anybody asks for `takenSnapshots`.
 */
export async function passOver(connection: Queryable, runId: string): Promise<void> {
  await connection.query(PASS_OVER, [runId]);
}

const PASS_OVER = `
  WITH marked AS (
    UPDATE observations o SET passed_over = true
     WHERE o.run_id = $1 AND o.snapshot IS NOT NULL
       AND NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = $1 AND p.entry = o.entry)
    RETURNING o.entry
  )
  UPDATE runs SET passed_over = (SELECT count(*) FROM marked) WHERE id = $1`;

/**
 * The observations `o` of a planned run whose snapshot counts, one for each user of whom something is taken; `run` is an SQL
 * expression.
 */
export const takenSnapshots = (run: string): string => `
  (SELECT * FROM observations WHERE run_id = ${run} AND snapshot IS NOT NULL AND NOT passed_over) o`;

/** Of an observation `o` of run `$1`, whether anything is taken of its user: of an unanswered one nothing is. */
export const OF_ANSWERED_USER = `
  NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = $1 AND p.user_id = o.user_id AND p.fate = 'unanswered')`;

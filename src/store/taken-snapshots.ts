/**
 * The observations `o` of a planned run whose snapshot counts, one for each user of whom something is taken; `run` is an SQL
 * expression.
 */
export const takenSnapshots = (run: string): string => `
  (SELECT * FROM observations WHERE run_id = ${run} AND snapshot IS NOT NULL AND NOT passed_over) o`;

/** Of an observation `o` of run `$1`, whether anything is taken of its user: of an unanswered one nothing is. */
export const OF_ANSWERED_USER = `
  NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = $1 AND p.user_id = o.user_id AND p.fate = 'unanswered')`;

/**
 * Tonight's observations `o` whose snapshot counts, one for each user of whom something is taken; `run` is an SQL
 * expression. As a semi-join, which reads the snapshots once and remembers the entries: a join may do it the other way
 * round, and a million snapshots do not fit into memory.
 */
export const takenSnapshots = (run: string): string => `
  (SELECT * FROM observations
    WHERE run_id = ${run}
      AND entry IN (SELECT entry FROM planned_users WHERE run_id = ${run} AND entry IS NOT NULL)) o`;

/** Of an observation `o` of run `$1`, whether anything is taken of its user: of an unanswered one nothing is. */
export const OF_ANSWERED_USER = `
  NOT EXISTS (SELECT FROM planned_users p WHERE p.run_id = $1 AND p.user_id = o.user_id AND p.fate = 'unanswered')`;

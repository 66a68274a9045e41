import { difference, NIGHTS, type Check } from './check.ts';

interface Intervals {
  readonly table: string;
  readonly key: readonly string[];
  /** Where an interval may begin at the instant at which another of its key ends. */
  readonly adjoins?: boolean;
  /** What a removed user has none of that is open. */
  readonly endsWithUser?: boolean;
}

/** Half-open intervals that begin and end with a night, follow one another, and belong to somebody. */
export const INTERVAL_CHECKS: readonly Check[] = [
  ofPerson({ table: 'user_versions', key: ['person_id'], adjoins: true, endsWithUser: true }),
  ofPerson({ table: 'role_grants', key: ['person_id', 'role_ref', 'bot_ref'], endsWithUser: true }),
  ofGrant(),
  ofPerson({ table: 'group_memberships', key: ['person_id', 'group_ref'], endsWithUser: true }),
  ofPerson({
    table: 'task_assignments',
    key: ['person_id', 'bot_ref', 'task_kind', 'task_id'],
    endsWithUser: true,
  }),
  ofPerson({ table: 'unconfirmed', key: ['person_id'] }),
];

function ofPerson(intervals: Intervals): Check {
  const { table, endsWithUser = false } = intervals;
  const write = (detail: string): string => difference({ table: `'${table}'`, user: 'u.user_id', detail });
  return {
    name: `intervals of ${table}`,
    counts: 'intervals',
    sql: `
      WITH ${NIGHTS}, spans AS (${spansOf(intervals)})
      SELECT CASE
               WHEN u.id IS NULL THEN ${write(`format('row of person %s, who is not in users', i.person_id)`)}
               ${endsWithUser ? `WHEN i.valid_to IS NULL AND u.removed_at IS NOT NULL THEN ${write(`format('still open, though the user was removed at %s', u.removed_at)`)}` : ''}
               ${faults(intervals, write)}
             END AS difference
        FROM spans i LEFT JOIN users u ON u.id = i.person_id
        LEFT JOIN published b ON b.as_of = i.valid_from
        LEFT JOIN published e ON e.as_of = i.valid_to`,
  };
}

/** Sources lie within their grants. */
function ofGrant(): Check {
  const intervals: Intervals = { table: 'grant_sources', key: ['grant_id', 'group_ref'] };
  const write = (detail: string): string =>
    difference({
      table: `'grant_sources'`,
      user: '(SELECT u.user_id FROM users u WHERE u.id = g.person_id)',
      detail,
    });
  return {
    name: 'intervals of grant_sources',
    counts: 'intervals',
    sql: `
      WITH ${NIGHTS}, spans AS (${spansOf(intervals)})
      SELECT CASE
               WHEN g.id IS NULL THEN ${write(`format('row of grant %s, which is not in role_grants', i.grant_id)`)}
               WHEN i.valid_from < g.valid_from OR coalesce(i.valid_to, 'infinity') > coalesce(g.valid_to, 'infinity')
               THEN ${write(`format('a source from %s reaches beyond its grant %s', i.valid_from, i.grant_id)`)}
               ${faults(intervals, write)}
             END AS difference
        FROM spans i LEFT JOIN role_grants g ON g.id = i.grant_id
        LEFT JOIN published b ON b.as_of = i.valid_from
        LEFT JOIN published e ON e.as_of = i.valid_to`,
  };
}

function spansOf({ table, key }: Intervals): string {
  return `
    SELECT t.*, lag(t.valid_to) OVER w AS ended, row_number() OVER w > 1 AS follows FROM ${table} t
    WINDOW w AS (PARTITION BY ${key.map((column) => `t.${column}`).join(', ')} ORDER BY t.valid_from)`;
}

function faults({ adjoins = false }: Intervals, write: (detail: string) => string): string {
  return `
               WHEN b.id IS NULL OR i.valid_to IS NOT NULL AND e.id IS NULL
               THEN ${write(`format('from %s to %s: not the as_of of a published run', i.valid_from, coalesce(i.valid_to::text, 'now'))`)}
               WHEN i.valid_from >= i.valid_to THEN ${write(`format('ends at %s, before it begins', i.valid_to)`)}
               WHEN i.follows AND coalesce(i.ended > i.valid_from, true)
               THEN ${write(`format('the interval from %s overlaps the one before it', i.valid_from)`)}
               ${adjoins ? '' : `WHEN i.ended = i.valid_from THEN ${write(`format('begins at %s, though it had been so until then without a break', i.valid_from)`)}`}`;
}

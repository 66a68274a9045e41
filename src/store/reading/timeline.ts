import { ACCESS_OF_PERSON } from './access.ts';
import type { PublishedChange } from './changes.ts';
import { HELD_COLUMNS } from './held-thing.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * One entry of a person's timeline. `baseline`: what the first night found. `change`: as in `directory.changes`.
 * `unconfirmed`: nights without an answer about them, from `as_of` to `until`.
 */
export type TimelineRow = Omit<PublishedChange, 'change_id' | 'kind'> & {
  readonly event: 'baseline' | 'change' | 'unconfirmed';
  readonly change_id: number | null;
  /** Only of a change. */
  readonly kind: PublishedChange['kind'] | null;
  /** Only of nights without an answer: `as_of` of the one that confirmed them before; null where none had. */
  readonly last_confirmed_at: string | null;
  /** Only of nights without an answer: `as_of` of the one that confirmed them again; null where none has. */
  readonly until: string | null;
};

export const TIMELINE_COLUMNS = [
  'event',
  'run_id',
  'as_of',
  'not_before',
  'last_confirmed_at',
  'until',
  'change_id',
  'kind',
  'user_id',
  'email',
  ...HELD_COLUMNS,
  'before',
  'after',
] as const satisfies readonly (keyof TimelineRow)[];

const heldColumnsOf = (table: string) => HELD_COLUMNS.map((column) => `${table}.${column}`).join(', ');

/** The first night makes no changes, so what it found of the person opens their timeline. */
const BASELINE = `
  SELECT 'baseline' AS event, f.run_id, f.as_of, NULL::timestamptz AS not_before, NULL::timestamptz AS last_confirmed_at,
         NULL::timestamptz AS until, NULL::bigint AS change_id, NULL::text AS kind, v.user_id, v.email,
         ${heldColumnsOf('h')},
         NULL::jsonb AS before,
         CASE WHEN h.type = 'role' THEN jsonb_build_object('direct', h.direct, 'via_groups', h.via_groups) END AS after
    FROM directory.nights f
    JOIN directory.users_as_of($2::timestamptz) v ON v.user_id = $1
    JOIN (SELECT NULL AS type, NULL::boolean AS direct, NULL::text[] AS via_groups, ${HELD_COLUMNS.map((column) => `NULL::text AS ${column}`).join(', ')}
          UNION ALL SELECT type, direct, via_groups, ${HELD_COLUMNS.join(', ')} FROM (${ACCESS_OF_PERSON}) a) h ON true
   WHERE f.as_of = $2::timestamptz`;

const CHANGES = `
  SELECT 'change', c.run_id, c.as_of, c.not_before, NULL, NULL, c.change_id, c.kind, c.user_id, c.email,
         ${heldColumnsOf('c')}, c.before, c.after
    FROM directory.changes c WHERE c.user_id = $1`;

const UNCONFIRMED = `
  SELECT 'unconfirmed', n.run_id, s.valid_from, NULL, s.last_confirmed_at, s.valid_to, NULL, NULL, s.user_id, s.email,
         ${HELD_COLUMNS.map(() => 'NULL').join(', ')}, NULL, NULL
    FROM directory.unconfirmed s LEFT JOIN directory.nights n ON n.as_of = s.valid_from WHERE s.user_id = $1`;

/** First to last; `firstNight` is the `as_of` of the first night there is. */
export function streamTimeline(
  snapshot: Snapshot,
  userId: string,
  firstNight: string,
): AsyncGenerator<TimelineRow> {
  return snapshot.stream<TimelineRow>(
    `SELECT ${TIMELINE_COLUMNS.join(', ')} FROM (${BASELINE} UNION ALL ${CHANGES} UNION ALL ${UNCONFIRMED}) t
      ORDER BY as_of, change_id NULLS FIRST, role_id IS NOT NULL OR group_id IS NOT NULL OR task_id IS NOT NULL,
               task_id NULLS FIRST, group_id NULLS FIRST, scope, bot_name, bot_id, role_name, role_id`,
    [userId, firstNight],
  );
}

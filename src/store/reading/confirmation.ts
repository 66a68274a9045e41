/** SQL: whether a stretch of nights holds the night with that `as_of`, a parameter. */
export function coversNight(stretch: string, asOf: string): string {
  return `${stretch}.valid_from <= ${asOf}::timestamptz AND (${stretch}.valid_to IS NULL OR ${stretch}.valid_to > ${asOf}::timestamptz)`;
}

/**
 * SQL: `as_of` of the last night, up to one with that `as_of`, that confirmed a person; as `directory.users` says it
 * of now. Needs a stretch without confirmation that holds the night, if there is one, as `s`.
 */
export function confirmedAt(userId: string, asOf: string): string {
  return `CASE WHEN s.user_id IS NOT NULL THEN s.last_confirmed_at ELSE greatest(
    (SELECT max(n.as_of) FROM directory.nights n WHERE n.scope = 'all' AND n.as_of <= ${asOf}::timestamptz),
    (SELECT f.first_seen_at FROM directory.users f WHERE f.user_id = ${userId}),
    (SELECT max(e.valid_to) FROM directory.unconfirmed e
      WHERE e.user_id = ${userId} AND e.valid_to <= ${asOf}::timestamptz)) END`;
}

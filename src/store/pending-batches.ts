import type { EntryKind } from '../core/answer.ts';
import type { KnownEntry } from '../core/observation.ts';
import { BLOCKED_MS } from './budget.ts';
import type { Database } from './database.ts';
import { firstOfStretch, lastOfStretch, type Stretch } from './stretch.ts';

export interface PendingBatch {
  readonly runId: string;
  readonly no: number;
  /** Whom the run asks, and for how long they have said that they refuse calls; 0 where they have not. */
  readonly account: {
    readonly host: string | null;
    readonly clientId: string | null;
    readonly blockedMs: number;
  };
  readonly entryKind: EntryKind;
  /** HTTP attempts made so far. */
  readonly attempts: number;
  /** Those that count against the batch itself, and not against the account. */
  readonly ownFailures: number;
  /** The kind of the latest of its failures; null where there was none. */
  readonly lastFailure: string | null;
  readonly entries: readonly KnownEntry[];
}

/**
 * The batches of a stretch that still have to be asked, in order, `limit` at most, with what is known of their entries; none
 * when they are done or their run is not open.
 */
export async function loadPendingBatches(
  { pool }: Database,
  { runId, no, attempt }: Stretch,
  limit: number | null = null,
): Promise<readonly PendingBatch[]> {
  const { rows } = await pool.query<LoadedStretch>({
    name: 'load-pending-batches',
    text: LOAD_PENDING_BATCHES,
    values: [runId, no, attempt, limit],
  });
  const loaded = rows[0];
  if (loaded?.batches == null) return [];
  const account = { host: loaded.host, clientId: loaded.client_id, blockedMs: loaded.blocked_ms };
  const tellKnown = knowingOf(loaded);
  return loaded.batches.map(({ entries, ...batch }) => ({
    runId,
    account,
    ...batch,
    entries: entries.map(tellKnown),
  }));
}

/**
 * What is known of all entries at once, by arrays of keys: neighbours share pages, which an index (of PostgreSQL 17 or later)
 * then goes through once, not once per entry. Joined by `knowingOf`: PostgreSQL takes every such array for ten keys, and
 * might join eight hundred with eight hundred one by one. As JSON: read several times as fast as rows of as many columns.
 */
const LOAD_PENDING_BATCHES = `
  WITH due AS MATERIALIZED (
    SELECT b.no, b.entry_kind, b.attempts, b.own_failures, b.last_failure,
           (SELECT be.entries FROM batch_entries be WHERE be.run_id = b.run_id AND be.no = b.no) AS entries
      FROM batches b
     WHERE b.run_id = $1 AND b.status = 'pending' AND b.attempts = $3::int
       AND b.no = ANY (ARRAY(
             SELECT generate_series(
                      $2::int,
                      CASE WHEN $3 = 0 AND $2 = ${firstOfStretch('$2')} THEN ${lastOfStretch('$2')} ELSE $2 END)
               FROM runs r WHERE r.id = $1 AND r.status = 'open'))
     ORDER BY b.no LIMIT $4
  ), a AS MATERIALIZED (
    SELECT entry, person_id FROM addresses WHERE entry = ANY (ARRAY(SELECT unnest(entries) FROM due))
  )
  SELECT host, client_id, ${BLOCKED_MS} AS blocked_ms,
         (SELECT json_agg(json_build_object(
                   'no', no, 'entryKind', entry_kind, 'attempts', attempts, 'ownFailures', own_failures,
                   'lastFailure', last_failure, 'entries', entries
                 ) ORDER BY no) FROM due) AS batches,
         (SELECT json_agg(json_build_array(entry, person_id)) FROM a) AS addresses,
         (SELECT json_agg(json_build_array(id, user_id, removed_at IS NULL, email, encode(hash, 'hex')))
            FROM users WHERE id = ANY (ARRAY(SELECT person_id FROM a))) AS users,
         (SELECT json_agg(json_build_array(person_id, last_login))
            FROM last_logins WHERE person_id = ANY (ARRAY(SELECT person_id FROM a))) AS last_logins,
         (SELECT json_agg(person_id)
            FROM (SELECT person_id FROM addresses WHERE person_id = ANY (ARRAY(SELECT person_id FROM a))
                   GROUP BY person_id HAVING count(*) > 1) shared) AS shared
    FROM account`;

interface LoadedStretch extends LoadedKnown {
  host: string | null;
  client_id: string | null;
  blocked_ms: number;
  batches: (Omit<PendingBatch, 'runId' | 'account' | 'entries'> & { readonly entries: string[] })[] | null;
}

/** Lists are null where they would be empty. */
interface LoadedKnown {
  addresses: [entry: string, personId: number | null][] | null;
  users: [id: number, userId: string, current: boolean, email: string | null, hash: string | null][] | null;
  last_logins: [personId: number, lastLogin: string][] | null;
  /** People to whom several addresses lead. */
  shared: number[] | null;
}

function knowingOf(known: LoadedKnown): (entry: string) => KnownEntry {
  const personOf = new Map(known.addresses);
  const userOf = new Map(known.users?.map((user) => [user[0], user]));
  const lastLoginOf = new Map(known.last_logins);
  const shared = new Set(known.shared);
  return (entry) => {
    const [id = null, userId = null, current = false, email = null, hash = null] =
      userOf.get(personOf.get(entry) ?? NOBODY) ?? [];
    const lastLogin = lastLoginOf.get(id ?? NOBODY);
    return {
      entry,
      userId,
      current,
      email,
      hash,
      lastLogin: lastLogin === undefined ? null : new Date(lastLogin).toISOString(),
      shared: shared.has(id ?? NOBODY),
    };
  };
}

/** The id of no person. */
const NOBODY = 0;

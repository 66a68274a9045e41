import { listSingleEdits } from '../../core/single-edits.ts';
import { confirmedAt, coversNight } from './confirmation.ts';
import type { Snapshot } from './snapshot.ts';

/** A stretch of nights in which one person had an address. */
export interface Tenure {
  readonly user_id: string;
  readonly email: string;
  readonly valid_from: string;
  /** Null: still. */
  readonly valid_to: string | null;
}

/** Everybody who ever had an address, in normal form, first to last. */
export async function loadTenures(snapshot: Snapshot, email: string): Promise<readonly Tenure[]> {
  const stretches = await snapshot.load<Tenure>(
    'SELECT user_id, email, valid_from, valid_to FROM directory.user_history WHERE email = $1 ORDER BY valid_from',
    [email],
  );
  const tenures: Tenure[] = [];
  for (const stretch of stretches) {
    const last = tenures.at(-1);
    // A stretch also ends where a name or a status changed: the address stayed.
    if (last?.user_id === stretch.user_id && last.valid_to === stretch.valid_from) {
      tenures.splice(-1, 1, { ...last, valid_to: stretch.valid_to });
    } else {
      tenures.push(stretch);
    }
  }
  return tenures;
}

export interface KnownPerson {
  readonly user_id: string;
  /** The present one; of a removed person the last. */
  readonly email: string | null;
  readonly first_seen_at: string;
  readonly removed_at: string | null;
}

export async function loadKnownPerson(snapshot: Snapshot, userId: string): Promise<KnownPerson | undefined> {
  const [person] = await snapshot.load<KnownPerson>(
    'SELECT user_id, email, first_seen_at, removed_at FROM directory.users WHERE user_id = $1',
    [userId],
  );
  return person;
}

/** Who had an address, in normal form, on a night. */
export async function loadHolderThen(
  snapshot: Snapshot,
  email: string,
  asOf: string,
): Promise<string | undefined> {
  const [holder] = await snapshot.load<{ user_id: string }>(
    'SELECT user_id FROM directory.users_as_of($2::timestamptz) WHERE email = $1',
    [email, asOf],
  );
  return holder?.user_id;
}

/** A person as they were on a night. */
export interface PersonThen {
  readonly user_id: string;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly status: string | null;
  readonly can_create_bot: boolean | null;
  readonly is_developer: boolean | null;
  readonly confirmed_at: string | null;
  /** The first night of those, up to this one, that had no answer about them; null: confirmed. */
  readonly unconfirmed_since: string | null;
}

/** Undefined where the person was removed then, or not known yet. */
export async function loadPersonThen(
  snapshot: Snapshot,
  userId: string,
  asOf: string,
): Promise<PersonThen | undefined> {
  const [person] = await snapshot.load<PersonThen>(
    `SELECT v.user_id, v.email, v.first_name, v.last_name, v.status, v.can_create_bot, v.is_developer,
            ${confirmedAt('v.user_id', '$2')} AS confirmed_at, s.valid_from AS unconfirmed_since
       FROM directory.users_as_of($2::timestamptz) v
       LEFT JOIN directory.unconfirmed s ON s.user_id = v.user_id AND ${coversNight('s', '$2')}
      WHERE v.user_id = $1`,
    [userId, asOf],
  );
  return person;
}

/** How many addresses to take from each side of where a misspelt one would stand. */
const NEIGHBOURS = 25;

/**
 * Addresses, past ones included, that may have been meant: those one slip away, and those that stand beside it in
 * the order of the index, which share its beginning. Only index look-ups, whatever the size of the directory.
 */
export async function loadNearEmails(snapshot: Snapshot, email: string): Promise<readonly string[]> {
  const rows = await snapshot.load<{ email: string }>(
    `SELECT email FROM directory.user_history WHERE email = ANY ($2)
     UNION
     (SELECT DISTINCT email FROM directory.user_history WHERE email >= $1 ORDER BY email LIMIT ${NEIGHBOURS})
     UNION
     (SELECT DISTINCT email FROM directory.user_history WHERE email < $1 ORDER BY email DESC LIMIT ${NEIGHBOURS})`,
    [email, listSingleEdits(email)],
  );
  return rows.map((row) => row.email);
}

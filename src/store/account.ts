import { SyncError } from '../core/errors.ts';
import type { Database } from './database.ts';

/** Names this database among all that share a Redis. */
export async function loadInstallationId({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('SELECT installation_id AS id FROM account');
  const account = rows[0];
  if (account === undefined) throw new SyncError('INTERNAL', 'the table account has lost its only row');
  return account.id;
}

/** No call is made for so long, in this process and in every other (I7): the account refuses them, or is down. */
export async function blockCalls({ pool }: Database, forMs: number): Promise<void> {
  await pool.query(
    `UPDATE account SET blocked_until = greatest(blocked_until, clock_timestamp() + make_interval(secs => $1::float8 / 1000))`,
    [forMs],
  );
}

import type { SyncConfig } from '../config/config.ts';
import { failed, notTried, ok, type Finding } from '../core/finding.ts';
import type { Database } from '../store/database.ts';
import { loadPinnedAccount, type PinnedAccount } from '../store/pinned-account.ts';
import { TABLES } from './database.ts';
import { find } from './find.ts';

export const ACCOUNT = 'account';

type ConfiguredAccount = Pick<SyncConfig['kore'], 'host' | 'clientId'>;

export async function checkAccount(database: Database | null, kore: ConfiguredAccount): Promise<Finding> {
  if (database === null) return notTried(ACCOUNT, TABLES);
  return find(ACCOUNT, async () => judgeAccount(await loadPinnedAccount(database), kore));
}

/** I13. */
export function judgeAccount(pinned: PinnedAccount | null, { host, clientId }: ConfiguredAccount): Finding {
  if (pinned === null) return ok(ACCOUNT, 'none yet: the first run ties this database to its account');
  const isSame = pinned.host === host && pinned.clientId === clientId;
  if (isSame) return ok(ACCOUNT, `${host}, as in the database`);
  const seen = `this database belongs to ${pinned.host} with client id ${pinned.clientId}, and the configuration names ${host} with ${clientId}`;
  if (!pinned.binding)
    return ok(ACCOUNT, `${seen}; nothing has been published yet, so the next run ties it anew`);
  return failed(
    ACCOUNT,
    seen,
    'Name the account it belongs to, or give the other one a database of its own. If it is the same account under a new name, see docs/operations.md, "Move to another account".',
  );
}

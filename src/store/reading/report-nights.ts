import { loadSample, type Sample } from './report-sample.ts';
import type { Snapshot } from './snapshot.ts';

/** How many nights the charts show. */
export const NIGHTS_SHOWN = 30;

const ROLES_SHOWN = 8;

/** A published night, and how many changes of roles it brought. */
export interface NightFigures {
  readonly run_id: number;
  readonly as_of: string;
  readonly coverage: number | null;
  readonly granted: number;
  readonly revoked: number;
  readonly source_changed: number;
  readonly admin_changes: number;
}

/** The last nights up to an instant, first to last. */
export async function loadNightFigures(snapshot: Snapshot, upTo: string): Promise<readonly NightFigures[]> {
  return snapshot.load<NightFigures>(
    `SELECT n.run_id, n.as_of, n.coverage,
            count(c.kind) FILTER (WHERE c.kind = 'role_granted') AS granted,
            count(c.kind) FILTER (WHERE c.kind = 'role_revoked') AS revoked,
            count(c.kind) FILTER (WHERE c.kind = 'role_source_changed') AS source_changed,
            count(c.kind) FILTER (WHERE c.scope = 'admin') AS admin_changes
       FROM (SELECT run_id, as_of, coverage FROM directory.nights WHERE as_of <= $1::timestamptz
              ORDER BY as_of DESC LIMIT ${NIGHTS_SHOWN}) n
       LEFT JOIN directory.role_changes c ON c.run_id = n.run_id
      GROUP BY n.run_id, n.as_of, n.coverage ORDER BY n.as_of`,
    [upTo],
  );
}

/** How many people held a role on the account, by run id; a night before the role was known is left out. */
export interface RoleHolders {
  readonly role_id: string;
  readonly role_name: string | null;
  readonly holders: Readonly<Record<string, number>>;
}

export async function loadHoldersByRole(
  snapshot: Snapshot,
  nights: readonly NightFigures[],
): Promise<Sample<RoleHolders>> {
  return loadSample(
    snapshot,
    `SELECT role_id, role_name, json_object_agg(run_id, holders) AS holders,
            (array_agg(holders ORDER BY as_of DESC))[1] AS latest
       FROM directory.role_holders_over_time WHERE scope = 'admin' AND run_id = ANY ($1::bigint[])
      GROUP BY role_id, role_name HAVING max(holders) > 0`,
    'latest DESC, role_name, role_id',
    [nights.map(({ run_id }) => run_id)],
    ROLES_SHOWN,
  );
}

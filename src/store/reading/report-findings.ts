import { loadLatestNight, type Night } from './nights.ts';
import { loadSample, type Sample } from './report-sample.ts';
import type { Snapshot } from './snapshot.ts';

/** Somebody who still holds roles and is no longer on the roster, or not active. */
export interface OrphanedPerson {
  readonly user_id: string;
  readonly email: string | null;
  readonly status: string | null;
  readonly in_roster: boolean;
  readonly roles: number;
  readonly admin_roles: number;
}

/** Somebody who holds roles on the account and has not logged in for 90 days. */
export interface DormantAdmin {
  readonly user_id: string;
  readonly email: string | null;
  readonly role_names: readonly string[];
  readonly last_login: string | null;
  readonly first_seen_at: string;
}

/** Somebody who may create bots without being a developer. */
export interface FlagAnomaly {
  readonly user_id: string;
  readonly email: string | null;
  readonly status: string | null;
}

/** What the views of findings say: always of the latest night, since none of them keeps the past. */
export interface Findings {
  readonly night: Night;
  readonly orphaned: Sample<OrphanedPerson>;
  readonly dormant: Sample<DormantAdmin>;
  readonly flags: Sample<FlagAnomaly>;
}

/** Null before the first night. Who holds roles on the account comes first. */
export async function loadFindings(snapshot: Snapshot): Promise<Findings | null> {
  const night = await loadLatestNight(snapshot);
  if (night === undefined) return null;
  return {
    night,
    orphaned: await loadSample<OrphanedPerson>(
      snapshot,
      `SELECT user_id, email, status, in_roster, count(*) AS roles,
              count(*) FILTER (WHERE scope = 'admin') AS admin_roles
         FROM directory.orphaned_access GROUP BY user_id, email, status, in_roster`,
      'admin_roles > 0 DESC, email, user_id',
    ),
    dormant: await loadSample<DormantAdmin>(
      snapshot,
      `SELECT user_id, email, array_agg(coalesce(role_name, role_id) ORDER BY role_name, role_id) AS role_names,
              last_login, first_seen_at
         FROM directory.dormant_admins GROUP BY user_id, email, last_login, first_seen_at`,
      'last_login NULLS FIRST, email, user_id',
    ),
    flags: await loadSample<FlagAnomaly>(
      snapshot,
      'SELECT user_id, email, status FROM directory.flag_anomalies',
      'email, user_id',
    ),
  };
}

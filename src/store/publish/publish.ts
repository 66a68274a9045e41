import type pg from 'pg';
import { SyncError } from '../../core/errors.ts';
import { inTransaction, prepareForEverybody, type Database } from '../database.ts';
import { LATEST_PUBLISHED } from '../latest-run.ts';
import { passOver } from '../taken-snapshots.ts';
import { publishAccess } from './access.ts';
import { publishAddresses } from './addresses.ts';
import { publishAudit } from './audit.ts';
import { linkRuns } from './chain.ts';
import { publishNames } from './names.ts';
import type { Night } from './night.ts';
import { publishConfirmations, publishPeople } from './people.ts';
import { restoreIndexes, setIndexesAside } from './set-aside-indexes.ts';

/**
 * Makes a planned run the truth in one transaction of set-based SQL (I2), or returns false when the run is
 * no longer open, because somebody else published it (I3).
 *
 * Throws `BASE_MOVED` when another run has been published since the plan was computed (I5).
 */
export async function publishRun(database: Database, runId: string): Promise<boolean> {
  await setIndexesAside(database, runId);
  return inTransaction(database.pool, (connection) => moveNight(connection, runId, 'real'));
}

/** Does everything `publishRun` does and takes it back: what fails here would have failed there. */
export async function rehearsePublication(database: Database, runId: string): Promise<void> {
  await inTransaction(database.pool, (connection) => moveNight(connection, runId, 'dry'), 'ROLLBACK');
}

/** The whole publication of an open run of that kind, inside the caller's transaction; false where it is not open. */
export async function moveNight(
  connection: pg.PoolClient,
  runId: string,
  kind: 'real' | 'dry',
): Promise<boolean> {
  const night = await beginNight(connection, runId, kind);
  if (night === undefined) return false;
  await prepareForEverybody(connection);
  if (night.baseline) await connection.query(JOIN_WHOLE_TABLES);
  await publishNames(night);
  await publishConfirmations(night);
  await publishPeople(night);
  // What follows joins people and names, a million perhaps, and would be planned as if with empty tables.
  if (night.baseline) await connection.query(ANALYZE_PEOPLE);
  await publishAccess(night);
  await publishAddresses(night);
  await publishAudit(night);
  await restoreIndexes(connection);
  // Before its digests are computed, and before anybody sees the night: until autovacuum comes round, all would be answered
  // as if on empty tables.
  if (night.baseline) await connection.query(ANALYZE_HISTORY);
  await connection.query(SUPERSEDE_HELD);
  await connection.query(MARK_PUBLISHED, [runId]);
  await linkRuns(connection);
  await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
  return true;
}

async function beginNight(
  connection: pg.PoolClient,
  runId: string,
  kind: 'real' | 'dry',
): Promise<Night | undefined> {
  const { rows } = await connection.query<{
    as_of: string;
    baseline: boolean;
    base_holds: boolean;
    marked: boolean;
  }>(BEGIN_NIGHT, [runId, kind === 'dry']);
  const run = rows[0];
  if (run === undefined) return undefined;
  if (!run.base_holds) {
    throw new SyncError(
      'BASE_MOVED',
      `Run ${runId} was planned against a night that is no longer the latest; another run has been published since. Start a new run.`,
    );
  }
  // An older version planned it.
  if (!run.marked) await passOver(connection, runId);
  return { connection, runId, asOf: run.as_of, baseline: run.baseline };
}

const BEGIN_NIGHT = `
  SELECT as_of::text, base_id IS NULL AS baseline, passed_over IS NOT NULL AS marked,
         base_id IS NOT DISTINCT FROM (${LATEST_PUBLISHED}) AS base_holds
    FROM runs WHERE id = $1 AND status = 'open' AND planned_at IS NOT NULL AND dry_run = $2 FOR UPDATE`;

/**
 * A first night joins everybody with everything they have: by statistics of tables that were empty PostgreSQL may look through one
 * of them anew for each person. A loop that cannot be avoided, as over the items of a list, must not be in a subquery of each row: up
 * to PostgreSQL 17 it counts as ten billion, and then nothing else counts.
 */
const JOIN_WHOLE_TABLES = 'SET LOCAL enable_nestloop = off';

const SUPERSEDE_HELD = `
  UPDATE runs SET status = 'superseded', closed_at = clock_timestamp() WHERE status = 'held' AND NOT dry_run`;

const MARK_PUBLISHED = `
  UPDATE runs SET status = 'published', published_at = clock_timestamp(), closed_at = clock_timestamp() WHERE id = $1`;

const ANALYZE_PEOPLE = 'ANALYZE users, user_versions, last_logins, roles, bots, groups';

/** All else that a baseline fills; groups once more, since a role may have named others. */
const ANALYZE_HISTORY =
  'ANALYZE addresses, groups, role_grants, grant_sources, group_memberships, task_assignments';

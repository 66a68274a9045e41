import type { ChangeKind } from '../../core/change.ts';
import { NET_COLUMNS, type NetChange, type PublishedChange } from './changes.ts';
import { coversNight } from './confirmation.ts';
import type { ReportedRun } from './report-run.ts';
import { loadSample, type Sample } from './report-sample.ts';
import type { Snapshot } from './snapshot.ts';

/** A change, published or planned. */
export type ReportedChange = NetChange & Pick<PublishedChange, 'not_before'>;

/** How many changes of a kind, of roles by scope. */
export interface ChangeCount {
  readonly kind: ChangeKind;
  readonly scope: 'bot' | 'admin' | null;
  readonly changes: number;
}

/** Somebody who came or went, with how many roles came or went with them. */
export interface PersonChange {
  readonly kind: 'user_added' | 'user_restored' | 'user_removed';
  readonly user_id: string;
  readonly email: string | null;
  readonly roles: number;
  readonly admin_roles: number;
}

/** What a run published or would publish. */
export interface RunChanges {
  readonly counts: readonly ChangeCount[];
  /** Of roles on the account. */
  readonly adminRoles: Sample<ReportedChange>;
  readonly botRoles: Sample<ReportedChange>;
  readonly joiners: Sample<PersonChange>;
  readonly leavers: Sample<PersonChange>;
}

export type Outcome =
  | { readonly is: 'published' | 'planned'; readonly changes: RunChanges }
  /** The first night: it opens the history and makes no changes. */
  | { readonly is: 'baseline'; readonly users: number; readonly grants: number; readonly adminGrants: number }
  /** A plan that would open the history. */
  | { readonly is: 'planned_baseline' }
  /** A plan that nobody needed any more, or that this role may not read. */
  | { readonly is: 'dropped' | 'denied' }
  /** No plan was made. `error`: why, where this role may read it. */
  | { readonly is: 'unfinished'; readonly error: string | null };

/** Plans and errors are no part of schema `directory`: they are there for the owner of the database only. */
export async function loadOutcome(snapshot: Snapshot, run: ReportedRun): Promise<Outcome> {
  const { status } = run;
  if (status === 'published') {
    return run.baseline
      ? loadBaseline(snapshot, run)
      : { is: 'published', changes: await loadChanges(snapshot, run, 'directory.changes') };
  }
  const [rights] = await snapshot.load<{ readonly errors: boolean; readonly plans: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass('runs'), 'SELECT'), false) AS errors,
            coalesce(has_table_privilege(to_regclass('planned_changes'), 'SELECT'), false) AS plans`,
  );
  if (status === 'open' || status === 'failed') {
    return { is: 'unfinished', error: rights?.errors === true ? await loadError(snapshot, run) : null };
  }
  if (run.baseline) return { is: 'planned_baseline' };
  if (rights?.plans !== true) return { is: 'denied' };
  const changes = await loadChanges(snapshot, run, PLANNED);
  return changes.counts.length === 0 && run.changes > 0 ? { is: 'dropped' } : { is: 'planned', changes };
}

const PLANNED = `
  (SELECT run_id, kind::text AS kind, user_id, email, not_before, scope::text AS scope, role_id, role_name, bot_id,
          bot_name, group_id, group_name, task_kind::text AS task_kind, task_id, before, after
     FROM planned_changes)`;

async function loadError(snapshot: Snapshot, { run_id }: ReportedRun): Promise<string | null> {
  const [row] = await snapshot.load<{ readonly error: string | null }>(
    'SELECT error FROM runs WHERE id = $1',
    [run_id],
  );
  return row?.error ?? null;
}

async function loadBaseline(snapshot: Snapshot, { as_of }: ReportedRun): Promise<Outcome> {
  const [counts] = await snapshot.load<{ users: number; grants: number; admin_grants: number }>(
    `SELECT (SELECT count(*) FROM directory.user_history h WHERE ${coversNight('h', '$1')}) AS users,
            count(*) AS grants, count(*) FILTER (WHERE g.scope = 'admin') AS admin_grants
       FROM directory.role_grant_history g WHERE ${coversNight('g', '$1')}`,
    [as_of],
  );
  const { users = 0, grants = 0, admin_grants: adminGrants = 0 } = counts ?? {};
  return { is: 'baseline', users, grants, adminGrants };
}

async function loadChanges(snapshot: Snapshot, { run_id }: ReportedRun, source: string): Promise<RunChanges> {
  const counts = await snapshot.load<ChangeCount>(
    `SELECT kind, scope, count(*) AS changes FROM ${source} c WHERE run_id = $1 GROUP BY kind, scope`,
    [run_id],
  );
  const roles = (scope: 'bot' | 'admin'): Promise<Sample<ReportedChange>> =>
    loadSample(
      snapshot,
      `SELECT ${NET_COLUMNS.join(', ')}, not_before FROM ${source} c
        WHERE run_id = $1 AND scope = $2 AND kind = ANY ($3::text[])`,
      'array_position($3::text[], kind), role_name, role_id, email, user_id, bot_name, bot_id',
      [run_id, scope, ['role_granted', 'role_revoked', 'role_source_changed']],
    );
  const people = (
    kinds: readonly PersonChange['kind'][],
    withThem: 'role_granted' | 'role_revoked',
  ): Promise<Sample<PersonChange>> =>
    loadSample(
      snapshot,
      `SELECT p.kind, p.user_id, p.email, count(r.kind) AS roles,
              count(r.kind) FILTER (WHERE r.scope = 'admin') AS admin_roles
         FROM ${source} p
         LEFT JOIN ${source} r ON r.run_id = $1 AND r.user_id = p.user_id AND r.kind = $3
        WHERE p.run_id = $1 AND p.kind = ANY ($2::text[]) GROUP BY p.kind, p.user_id, p.email`,
      'admin_roles > 0 DESC, email, user_id',
      [run_id, kinds, withThem],
    );
  return {
    counts,
    adminRoles: await roles('admin'),
    botRoles: await roles('bot'),
    joiners: await people(['user_added', 'user_restored'], 'role_granted'),
    leavers: await people(['user_removed'], 'role_revoked'),
  };
}

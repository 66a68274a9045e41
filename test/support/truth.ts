import { expect } from 'vitest';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { inOrder } from './directory.ts';
import type { TestNights } from './night.ts';

/** Who can do what, as plain rows in an order of their own: two states that say the same are equal. */
export interface State {
  readonly users: readonly object[];
  readonly grants: readonly object[];
  readonly memberships: readonly object[];
  readonly tasks: readonly object[];
}

/** What the account itself says of its roster and of those whom a directory knew before. Shares no code with who asks it. */
export function readTruth(tenant: Tenant, known: Iterable<string> = []): State {
  const truth = tenant.truth({ known });
  return {
    users: sorted(truth.users),
    grants: sorted(truth.roleGrants),
    memberships: sorted(truth.groupMemberships),
    tasks: sorted(truth.taskAssignments),
  };
}

/** What the views show now. */
export async function readShown({ query }: Pick<TestNights, 'query'>): Promise<State> {
  return {
    users: sorted(await query(USERS)),
    grants: sorted(await query(GRANTS)),
    memberships: sorted(await query(MEMBERSHIPS)),
    tasks: sorted(await query(TASKS)),
  };
}

/** The views say what the account says. */
export async function expectTruth(
  nights: Pick<TestNights, 'query'>,
  tenant: Tenant,
  known: Iterable<string> = [],
): Promise<void> {
  expect(await readShown(nights)).toEqual(readTruth(tenant, known));
}

const USERS = `
  SELECT user_id, email, first_name, last_name, status, can_create_bot, is_developer,
         to_char(last_login AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_login, in_roster
    FROM directory.users WHERE removed_at IS NULL`;
const GRANTS = `
  SELECT user_id, email, scope, role_id, role_name, bot_id, bot_name, direct, via_groups FROM directory.role_grants`;
const MEMBERSHIPS = 'SELECT user_id, email, group_id, group_name FROM directory.group_memberships';
const TASKS = 'SELECT user_id, email, bot_id, task_kind, task_id FROM directory.task_assignments';

function sorted(rows: Iterable<object>): object[] {
  return inOrder([...rows].map((row) => Object.fromEntries(Object.entries(row).sort())));
}

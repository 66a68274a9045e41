import { describe, expect, inject, test } from 'vitest';
import { EDITIONS, type Edition } from '../../src/simulator/editions.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { startNights, type TestNights } from '../support/night.ts';

const NIGHTS = 3;
const PEOPLE = 300;
/** The guard is not what these nights are about, and one person is a large share of so few. */
const LOOSE = {
  GUARD_MAX_REMOVED_PERCENT: '50',
  GUARD_MAX_REVOKED_PERCENT: '50',
  GUARD_MAX_GRANTED_PERCENT: '50',
};

const ENGINES = [
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: inject('redisUrl') === null },
];

describe.each(ENGINES)('nights with $engine as the queue', ({ engine, missing }) => {
  test.skipIf(missing).each(EDITIONS)(
    'edition %s: after every night the views say what the account says',
    async (edition) => {
      const tenant = populateTenant({ people: PEOPLE, seed: `${engine} ${edition}`, edition });
      const nights = await startNights(tenant, engine);
      for (let night = 1; night <= NIGHTS; night += 1) {
        const known = await nights.query<{ email: string }>(
          'SELECT email FROM directory.users WHERE removed_at IS NULL',
        );
        const run = await nights.run({ env: LOOSE });
        expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
        await compareWithTruth(
          nights,
          tenant,
          edition,
          known.map(({ email }) => email),
        );
        tenant.advanceNight();
      }
    },
  );
});

async function compareWithTruth(
  nights: TestNights,
  tenant: Tenant,
  edition: Edition,
  known: string[],
): Promise<void> {
  const truth = tenant.truth({ known });
  const users = await nights.query(
    `SELECT user_id, email, first_name, last_name, status, can_create_bot, is_developer,
            to_char(last_login AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_login, in_roster
       FROM directory.users WHERE removed_at IS NULL`,
  );
  expect(sorted(users)).toEqual(sorted(truth.users));
  const grants = await nights.query(
    'SELECT user_id, email, scope, role_id, role_name, bot_id, bot_name, direct, via_groups FROM directory.role_grants',
  );
  expect(sorted(grants)).toEqual(sorted(truth.roleGrants));
  const memberships = await nights.query(
    'SELECT user_id, email, group_id, group_name FROM directory.group_memberships',
  );
  expect(sorted(memberships)).toEqual(sorted(truth.groupMemberships));
  const tasks = await nights.query(
    'SELECT user_id, email, bot_id, task_kind, task_id FROM directory.task_assignments',
  );
  expect(sorted(tasks)).toEqual(sorted(truth.taskAssignments));
  expect(tasks.length > 0).toBe(edition !== 'current');
}

function sorted(rows: Iterable<object>): object[] {
  return [...rows]
    .map((row) => ({ key: JSON.stringify(row, Object.keys(row).sort()), row }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

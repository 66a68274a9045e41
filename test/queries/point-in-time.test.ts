import { expect, test } from 'vitest';
import { populateTenant } from '../../src/simulator/population.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { HEAVY_CHURN } from '../support/churn.ts';
import { inOrder, readViewsAsOf, type Views } from '../support/directory.ts';
import { readFacts, type Facts } from '../support/fold.ts';
import type { TestNights } from '../support/night.ts';
import { openStory } from '../support/story.ts';
import { diffStates, sorted } from './difference.ts';

const NIGHTS = 5;
type Row = Readonly<Record<string, unknown>>;

/** All there was to know about one night, kept while it was the latest. */
interface Kept {
  readonly asOf: string;
  readonly runId: string;
  /** What the account itself said, in the words of the views. */
  readonly truth: Views;
  readonly facts: Facts;
}

/** Names that people gave themselves or their groups. */
const HOSTILE = ['=HYPERLINK("http://evil.example","x")', "<script>alert('x')</script>", '\u202Egnp.exe'];

function makeHostileTenant(): Tenant {
  const tenant = populateTenant({ people: 40, seed: 'oracle', edition: 'xo' });
  for (const { email } of tenant.people.slice(0, 8)) tenant.grant(email, 'Auditor');
  for (const [index, name] of HOSTILE.entries()) {
    const email = `odd${index}@example.com`;
    tenant.addPerson({
      email,
      userId: `u-odd${index}`,
      firstName: name,
      lastName: "O'Brien; DROP TABLE users",
    });
    tenant.grantToGroup(name, `Role ${name}`, `Bot ${name}`);
    tenant.joinGroup(email, name);
  }
  return tenant;
}

test('every night can be seen as it was, and any two compared, as an oracle kept them', async () => {
  const tenant = makeHostileTenant();
  const { nights, tryNight } = await openStory(tenant);
  const kept: Kept[] = [];
  for (let night = 0; night < NIGHTS; night += 1) {
    const known = await nights.query<{ email: string }>(
      'SELECT email FROM directory.users WHERE removed_at IS NULL',
    );
    const { run } = await tryNight();
    expect(run).toMatchObject({ reasons: [], status: 'published', coverage: 1 });
    const [instant] = await nights.query<{ as_of: string }>('SELECT as_of::text FROM directory.freshness');
    kept.push({
      asOf: instant?.as_of ?? '',
      runId: run.runId,
      truth: readTruth(
        tenant,
        known.map(({ email }) => email),
      ),
      facts: await readFacts(nights),
    });
    tenant.advanceNight({ churn: HEAVY_CHURN });
  }

  for (const [index, { asOf, runId, truth }] of kept.entries()) {
    const next = kept[index + 1]?.asOf ?? null;
    // A night is the truth from its instant up to that of the next one.
    expect(withoutValidFrom(await readViewsAsOf(nights, asOf))).toEqual(truth);
    const [last] = await nights.query<{ instant: string }>(
      `SELECT (coalesce($1::timestamptz, 'infinity') - interval '1 microsecond')::text AS instant`,
      [next],
    );
    expect(withoutValidFrom(await readViewsAsOf(nights, last?.instant ?? ''))).toEqual(truth);
    expect(
      await nights.query(
        'SELECT run_id::text, as_of::text, coverage::float, partial FROM directory.night_at($1)',
        [asOf],
      ),
    ).toEqual([{ run_id: runId, as_of: asOf, coverage: 1, partial: false }]);
    expect(withoutValidFrom(await readByNight(nights, runId))).toEqual(truth);
  }
  expect(await nights.query('SELECT * FROM directory.night_at($1)', ['2000-01-01'])).toEqual([]);

  let differences = 0;
  for (const [index, from] of kept.entries()) {
    for (const to of kept.slice(index + 1)) {
      const expected = diffStates(from.facts, to.facts);
      expect(await readChangesBetween(nights, from.asOf, to.asOf)).toEqual(expected);
      differences += expected.length;
    }
  }
  expect(differences).toBeGreaterThan(1000);
  const [first, last] = [kept[0]?.asOf ?? '', kept.at(-1)?.asOf ?? ''];
  expect(await readChangesBetween(nights, last, first)).toEqual([]);
  expect(await readChangesBetween(nights, last, 'infinity')).toEqual([]);
  // Nobody had looked before the first night: what it found is no change.
  expect(await readChangesBetween(nights, '-infinity', 'infinity')).toEqual(
    await readChangesBetween(nights, first, last),
  );

  await expectStretches(nights);
  await expectHolders(nights, kept);
});

async function readChangesBetween(nights: TestNights, from: string, to: string) {
  return inOrder(
    (await nights.query<Row>('SELECT * FROM directory.changes_between($1, $2)', [from, to])).map(sorted),
  );
}

function readTruth(tenant: Tenant, known: readonly string[]): Views {
  const truth = tenant.truth({ known });
  return {
    users: orderly(truth.users),
    grants: orderly(truth.roleGrants),
    memberships: orderly(truth.groupMemberships),
    tasks: orderly(truth.taskAssignments),
  };
}

async function readByNight(nights: TestNights, runId: string): Promise<Views> {
  const load = async (view: string) =>
    nights.query<Row>(`SELECT * FROM directory.${view}_by_night WHERE run_id = $1`, [runId]);
  return {
    users: await load('users'),
    grants: await load('role_grants'),
    memberships: await load('group_memberships'),
    tasks: await load('task_assignments'),
  };
}

/** What the account does not say, or says only of now. */
const BESIDE = ['valid_from', 'first_seen_at', 'last_login', 'in_roster', 'run_id', 'as_of', 'coverage'];

function orderly(rows: Iterable<object>): Row[] {
  return inOrder(
    [...rows].map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([column]) => !BESIDE.includes(column))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    ),
  );
}

function withoutValidFrom({ users, grants, memberships, tasks }: Views): Views {
  return {
    users: orderly(users),
    grants: orderly(grants),
    memberships: orderly(memberships),
    tasks: orderly(tasks),
  };
}

/** The stretches of the history cover exactly the nights on which something was so. */
async function expectStretches(nights: TestNights): Promise<void> {
  const pairs = [
    [
      'user_history',
      'users_by_night',
      'user_id, email, first_name, last_name, status, can_create_bot, is_developer',
    ],
    ['role_grant_history', 'role_grants_by_night', 'user_id, scope, role_id, bot_id'],
    ['group_membership_history', 'group_memberships_by_night', 'user_id, group_id'],
    ['task_assignment_history', 'task_assignments_by_night', 'user_id, bot_id, task_kind, task_id'],
  ] as const;
  for (const [history, byNight, columns] of pairs) {
    const covered = `SELECT n.run_id, ${columns} FROM directory.${history} h
                       JOIN (SELECT run_id, as_of FROM directory.nights) n ON n.as_of >= h.valid_from AND (h.valid_to IS NULL OR n.as_of < h.valid_to)`;
    const seen = `SELECT run_id, ${columns} FROM directory.${byNight}`;
    expect(
      await nights.query(`(${covered} EXCEPT ALL ${seen}) UNION ALL (${seen} EXCEPT ALL ${covered})`),
    ).toEqual([]);
    expect(
      (await nights.query(`SELECT FROM directory.${history} WHERE valid_to IS NOT NULL`)).length,
    ).toBeGreaterThan(0);
  }
}

async function expectHolders(nights: TestNights, kept: readonly Kept[]): Promise<void> {
  const counted = kept.flatMap(({ runId, facts }) => {
    const byRole = new Map<string, { readonly people: Set<string>; grants: number }>();
    for (const key of facts.grants.keys()) {
      const [user = '', scope = '', role = ''] = key.split(' ');
      const of = byRole.get(`${scope} ${role}`) ?? { people: new Set<string>(), grants: 0 };
      of.people.add(user);
      of.grants += 1;
      byRole.set(`${scope} ${role}`, of);
    }
    return [...byRole].map(([role, { people, grants }]) => ({
      run_id: runId,
      role,
      holders: people.size,
      grants,
    }));
  });
  const rows = await nights.query<{ holders: number }>(
    `SELECT run_id::text, concat_ws(' ', scope, role_id) AS role, holders, grants FROM directory.role_holders_over_time`,
  );
  expect(inOrder(rows.filter(({ holders }) => holders > 0))).toEqual(inOrder(counted));
  expect(rows.some(({ holders }) => holders === 0)).toBe(true);
}

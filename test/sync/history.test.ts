import { expect, test } from 'vitest';
import type { Edition } from '../../src/simulator/editions.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { inOrder, readChanges, readViews, readViewsAsOf, type Views } from '../support/directory.ts';
import { foldChanges, readFacts } from '../support/fold.ts';
import { openStory } from '../support/story.ts';

const NIGHTS = 5;

/** A tenth of the people and more is touched every day, and things are renamed. */
const HEAVY = {
  joins: 0.08,
  leaves: 0.08,
  returns: 0.08,
  statusChanges: 0.05,
  nameChanges: 0.05,
  emailChanges: 0.1,
  rightsChanges: 0.05,
  botGrants: 0.1,
  botRevokes: 0.1,
  groupJoins: 0.1,
  groupLeaves: 0.1,
  taskAssigns: 0.1,
  taskUnassigns: 0.1,
  rosterDrops: 0.03,
  groupRenames: 2,
  roleRenames: 2,
  botRenames: 2,
  adminGrants: 3,
  adminRevokes: 1,
};

/** The views without the columns that only mean now, in the order of the functions for then. */
function asOfThen({ users, grants, memberships, tasks }: Views): Views {
  const then = users
    .filter((user) => user['removed_at'] === null)
    .map(
      ({ user_id, email, first_name, last_name, status, can_create_bot, is_developer, first_seen_at }) => ({
        user_id,
        email,
        first_name,
        last_name,
        status,
        can_create_bot,
        is_developer,
        first_seen_at,
      }),
    );
  return { users: inOrder(then), grants, memberships, tasks };
}

/** Some are silent each night, others each time; the tenant changes its edition in the middle. */
const SEEDS: readonly { seed: string; editions: readonly Edition[] }[] = [
  { seed: 'first', editions: ['xo', 'xo', 'xo', 'xo', 'xo'] },
  { seed: 'second', editions: ['current', 'xo', 'v7', 'current', 'xo'] },
];

test.each(SEEDS)(
  'nights of heavy churn, silence and change of edition: $seed',
  async ({ seed, editions }) => {
    const tenant = populateTenant({ people: 40, seed, edition: 'xo' });
    for (const { email } of tenant.people.slice(0, 8)) tenant.grant(email, 'Auditor');
    const { nights, tryNight } = await openStory(tenant);
    nights.server.faults.add({
      name: `silence ${seed}`,
      on: { share: 0.1, when: ({ night }) => night % 2 === 0 },
      does: 'omit',
    });
    const seen: { asOf: Date; views: Views }[] = [];
    let baseline: Awaited<ReturnType<typeof readFacts>> | undefined;
    for (let night = 0; night < NIGHTS; night += 1) {
      tenant.edition = editions[night] ?? 'xo';
      const { run } = await tryNight();
      expect(run).toMatchObject({ reasons: [], status: 'published', error: null });
      baseline ??= await readFacts(nights);
      if (run.asOf === null) throw new Error('a published run has no as_of');
      seen.push({ asOf: run.asOf, views: asOfThen(await readViews(nights)) });
      tenant.advanceNight({ churn: HEAVY });
    }

    // I4: the changes, folded over the baseline, are the current tables.
    const folded = baseline ?? (await readFacts(nights));
    const changes = await readChanges(nights);
    expect(changes.length).toBeGreaterThan(100);
    expect(changes.filter((change) => 'since_no_run' in change)).toEqual([]);
    await foldChanges(nights, folded);
    const current = await readFacts(nights);
    expect(sortEach(folded)).toEqual(sortEach(current));

    // Every night can still be seen as it was, to the microsecond.
    const instants = await nights.query<{ as_of: string }>(
      `SELECT as_of::text FROM directory.runs WHERE status = 'published' ORDER BY run_id`,
    );
    for (const [index, { views }] of seen.entries()) {
      expect(await readViewsAsOf(nights, instants[index]?.as_of ?? '')).toEqual(views);
    }
    expect(await readViewsAsOf(nights, '2000-01-01T00:00Z')).toEqual({
      users: [],
      grants: [],
      memberships: [],
      tasks: [],
    });
    expect([...instants].sort((a, b) => (a.as_of < b.as_of ? -1 : 1))).toEqual(instants);
    expect(nights.server.unfiredFaults()).toEqual([]);
  },
);

function sortEach(facts: Awaited<ReturnType<typeof readFacts>>): unknown {
  return Object.fromEntries(
    Object.entries(facts).map(([name, entries]: [string, ReadonlyMap<string, unknown>]) => [
      name,
      Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );
}

import { expect, test } from 'vitest';
import type { Edition } from '../../src/simulator/editions.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { HEAVY_CHURN } from '../support/churn.ts';
import { inOrder, readChanges, readViews, readViewsAsOf, type Views } from '../support/directory.ts';
import { foldChanges, readFacts } from '../support/fold.ts';
import { retryNight } from '../support/night.ts';
import { openStory } from '../support/story.ts';

const NIGHTS = 5;
/** After this night, those who stayed silent are asked again. */
const RETRIED = 1;

/** What an edition cannot show. */
const HIDDEN: Readonly<Record<Edition, readonly string[]>> = {
  xo: [],
  current: ['role_source_changed', 'task_assigned', 'task_unassigned'],
  v7: ['status_changed'],
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
    const keepSilent = () =>
      nights.server.faults.add({
        name: `silence ${seed}`,
        on: { share: 0.1, when: ({ night }) => night % 2 === 0 },
        does: 'omit',
      });
    keepSilent();
    const shown = new Map<string, Edition>();
    const seen: Views[] = [];
    const expectPublished = async (run: RunSummary) => {
      expect(run).toMatchObject({ reasons: [], status: 'published', error: null });
      shown.set(run.runId, tenant.edition);
      seen.push(asOfThen(await readViews(nights)));
    };
    let baseline: Awaited<ReturnType<typeof readFacts>> | undefined;
    for (let night = 0; night < NIGHTS; night += 1) {
      tenant.edition = editions[night] ?? 'xo';
      const { run } = await tryNight();
      await expectPublished(run);
      if (night === RETRIED) {
        expect(run.answers.unanswered).toBeGreaterThan(0);
        expect(nights.server.unfiredFaults()).toEqual([]);
        nights.server.faults.clear();
        const retried = await retryNight(nights, run.runId);
        expect(retried.answers.unanswered).toBe(0);
        await expectPublished(retried);
        keepSilent();
      }
      baseline ??= await readFacts(nights);
      tenant.advanceNight({ churn: HEAVY_CHURN });
    }

    // I4: the changes, folded over the baseline, are the current tables.
    const folded = baseline ?? (await readFacts(nights));
    const changes = await readChanges(nights);
    expect(changes.length).toBeGreaterThan(100);
    expect(changes.filter((change) => 'since_no_run' in change)).toEqual([]);
    // Nothing is dated after a night whose edition could not show it.
    const blind = changes.filter(
      ({ kind, since }) => since !== null && HIDDEN[shown.get(since) ?? 'xo'].includes(kind),
    );
    expect(blind).toEqual([]);
    await foldChanges(nights, folded);
    const current = await readFacts(nights);
    expect(sortEach(folded)).toEqual(sortEach(current));

    // Every night can still be seen as it was, to the microsecond.
    const instants = await nights.query<{ as_of: string }>(
      `SELECT as_of::text FROM directory.runs WHERE status = 'published' ORDER BY run_id`,
    );
    expect(instants).toHaveLength(NIGHTS + 1);
    for (const [index, views] of seen.entries()) {
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

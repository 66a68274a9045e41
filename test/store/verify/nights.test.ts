import { expect, test } from 'vitest';
import { populateTenant } from '../../../src/simulator/population.ts';
import { HEAVY_CHURN } from '../../support/churn.ts';
import { openStory } from '../../support/story.ts';
import { verify } from './story.ts';

const NIGHTS = 5;

test.each(['first', 'second'])('nights of heavy churn and silence always verify: seed %s', async (seed) => {
  const tenant = populateTenant({ people: 40, seed, edition: 'xo' });
  for (const { email } of tenant.people.slice(0, 8)) tenant.grant(email, 'Auditor');
  const { nights, tryNight } = await openStory(tenant);
  nights.server.faults.add({
    name: `silence ${seed}`,
    on: { share: 0.1, when: ({ night }) => night % 2 === 0 },
    does: 'omit',
  });
  for (let night = 1; night <= NIGHTS; night += 1) {
    tenant.edition = seed === 'second' && night === 3 ? 'v7' : 'xo';
    const { run } = await tryNight();
    expect(run).toMatchObject({ status: 'published', error: null });
    const { difference, chain } = await verify(nights);
    expect(difference).toBeNull();
    expect(chain).toMatchObject({ runs: night, unlinked: [], erased: 0, head: { runId: run.runId } });
    tenant.advanceNight({ churn: HEAVY_CHURN });
  }
  const { checks } = await verify(nights);
  expect(checks.filter(({ checked }) => checked === 0)).toEqual([]);
});

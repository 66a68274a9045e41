import { describe, expect, inject, test } from 'vitest';
import { EDITIONS } from '../../src/simulator/editions.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { startNights } from '../support/night.ts';
import { expectTruth } from '../support/truth.ts';

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
        await expectTruth(
          nights,
          tenant,
          known.map(({ email }) => email),
        );
        const tasks = await nights.query('SELECT FROM directory.task_assignments');
        expect(tasks.length > 0).toBe(edition !== 'current');
        tenant.advanceNight();
      }
    },
  );
});

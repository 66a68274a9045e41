import { describe, expect, inject, test } from 'vitest';
import { populateTenant } from '../../src/simulator/population.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { startNights } from '../support/night.ts';
import { expectAccounted } from '../support/receipts.ts';
import { expectTruth } from '../support/truth.ts';

/** Asked about one by one, so many that one job asks about two of them. */
const PEOPLE = 2_400;

describe.each([
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: inject('redisUrl') === null },
])('a night of thousands of batches, with $engine as the queue', ({ engine, missing }) => {
  test.skipIf(missing)('ends with what the account says, and every entry is accounted for', async () => {
    const tenant = populateTenant({ people: PEOPLE, seed: `long ${engine}` });
    const nights = await startNights(tenant, engine);
    const { server } = nights;
    const roster = [...tenant.roster()];
    server.faults.add({ on: { entries: roster.slice(0, 1), attempts: 'first' }, does: 'unavailable' });
    const run = await nights.run({ env: { ...LOOSE_GUARD, BATCH_SIZE: '1' }, seams: { random: () => 0 } });
    expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
    expect(server.unfiredFaults()).toEqual([]);
    expect(await nights.query('SELECT batches_per_job FROM runs')).toEqual([{ batches_per_job: 2 }]);
    await expectAccounted(nights, run, roster.length);
    await expectTruth(nights, tenant, []);
    expect(server.calls.usersInfo).toBe(roster.length + 1);
  });
});

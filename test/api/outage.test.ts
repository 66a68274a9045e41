import { expect, test } from 'vitest';
import { Tenant } from '../../src/simulator/tenant.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { runNight, startNights } from '../support/night.ts';
import { expectAccounted, readBatches } from '../support/receipts.ts';

/** Retries come at once, and pauses last as short as they may. */
const AT_ONCE = { random: () => 0 };
const ONE_BY_ONE = { ...LOOSE_GUARD, BATCH_SIZE: '1', CONCURRENCY: '4' };

function makePeople(names: readonly string[]): Tenant {
  const tenant = new Tenant();
  for (const name of names) tenant.addPerson({ email: `${name}@example.com` });
  return tenant;
}

function number(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 100}`);
}

test.each(['unavailable', 'reset'] as const)(
  'while every call fails the run asks about few and waits, and afterwards everybody is answered: %s',
  async (does) => {
    const nights = await startNights(makePeople(number('p', 40)));
    const outage = nights.server.faults.add({ on: { when: () => outage.fired < 20 }, does });
    const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
    expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
    await expectAccounted(nights, run, 40);
    expect(outage.fired).toBe(20);
    const { arrivals } = nights.server.calls;
    expect(arrivals).toHaveLength(60);
    // Twelve failures in a row, three calls that were under way with the twelfth, and then nobody for a second.
    const pauses = arrivals.slice(1).map((arrival, index) => arrival - (arrivals[index] ?? 0));
    expect(pauses.findIndex((pause) => pause > 900)).toBeGreaterThanOrEqual(11);
    expect(pauses.findIndex((pause) => pause > 900)).toBeLessThanOrEqual(14);
    const batches = await readBatches(nights, run.runId);
    expect(batches.filter(({ attempts }) => attempts === 1).length).toBeGreaterThanOrEqual(20);
  },
);

test('many entries that are poisoned are no outage, though nobody else is left to ask', async () => {
  const nights = await startNights(makePeople([...number('a', 10), ...number('z', 20)]));
  const poison = nights.server.faults.add({
    on: { entries: (entry) => entry.startsWith('z') },
    does: 'server_error',
  });
  const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', answers: { found: 10, absent: 0, unanswered: 20 } });
  await expectAccounted(nights, run, 30);
  // Six attempts each.
  expect(poison.fired).toBe(120);
});

test('an account that stays down stops the run after three quarters of an hour, and says so', async () => {
  const nights = await startNights(makePeople(number('p', 20)));
  const outage = nights.server.faults.add({ does: 'unavailable' });
  const app = await nights.open({ env: ONE_BY_ONE, seams: AT_ONCE });
  void outage.whenFired.then(() =>
    nights.query(`UPDATE runs SET failing_since = clock_timestamp() - interval '46 minutes'`),
  );
  const run = await runNight(app);
  expect(run).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(
      /answered none of the last 1\d calls, for 46 minutes: unavailable, HTTP 503/,
    ) as unknown,
  });
  expect(outage.fired).toBeLessThanOrEqual(15);
});

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

test('while every call fails the run asks about few and waits, and afterwards everybody is answered', async () => {
  const nights = await startNights(makePeople(number('p', 24)));
  const outage = nights.server.faults.add({ on: { when: () => outage.fired < 16 }, does: 'unavailable' });
  const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', coverage: 1, error: null });
  await expectAccounted(nights, run, 24);
  expect(outage.fired).toBe(16);
  expect(nights.server.calls.usersInfo).toBe(40);
  // From the twelfth failure on nobody is blamed, but perhaps for a call that was under way with the first answer.
  const [pause] = await nights.query<{ blamed: number; paused: boolean }>(
    `SELECT sum(own_failures)::int AS blamed, (SELECT blocked_until IS NOT NULL FROM account) AS paused FROM batches`,
  );
  expect(pause?.paused).toBe(true);
  expect(pause?.blamed).toBeGreaterThanOrEqual(11);
  expect(pause?.blamed).toBeLessThanOrEqual(14);
  const batches = await readBatches(nights, run.runId);
  expect(batches.filter(({ attempts }) => attempts === 1).length).toBeGreaterThanOrEqual(8);
});

test('many entries that are poisoned are no outage, though nobody else is left to ask', async () => {
  const nights = await startNights(makePeople([...number('a', 10), ...number('z', 14)]));
  const poison = nights.server.faults.add({
    on: { entries: (entry) => entry.startsWith('z') },
    does: 'server_error',
  });
  const run = await nights.run({ env: ONE_BY_ONE, seams: AT_ONCE });
  expect(run).toMatchObject({ status: 'published', answers: { found: 10, absent: 0, unanswered: 14 } });
  await expectAccounted(nights, run, 24);
  // Six attempts each, and the few that were made while the account looked as if it were down.
  expect(await nights.query(`SELECT DISTINCT own_failures FROM batches WHERE status = 'given_up'`)).toEqual([
    { own_failures: 5 },
  ]);
  expect(poison.fired).toBeLessThanOrEqual(100);
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

import { describe, expect, test } from 'vitest';
import { Tenant } from '../../src/simulator/tenant.ts';
import { readChanges } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { openStory } from '../support/story.ts';
import { expectAccounted, readBatches, readUnanswered } from '../support/receipts.ts';

const AT_ONCE = { random: () => 0 };

function makePeople(count: number): Tenant {
  const tenant = new Tenant();
  for (let number = 100; number < 100 + count; number += 1) {
    tenant.addPerson({ email: `p${number}@example.com`, userId: `u-${number}` });
    tenant.grant(`p${number}@example.com`, 'Tester', 'Leave');
  }
  return tenant;
}

describe('a batch that fails as a whole for one entry', () => {
  test.each(['bad_request', 'invalid_arguments', 'server_error'] as const)(
    'is split until that entry stands alone, and everybody else is answered: %s',
    async (does) => {
      const poisoned = ['p107@example.com', 'p131@example.com'];
      const { tenant, nights, tryNight } = await openStory(makePeople(64));
      await tryNight({ env: { BATCH_SIZE: '16' } });
      for (const { email } of tenant.people) tenant.setStatus(email, 'Locked');
      nights.server.faults.add({ on: { entries: poisoned }, does });
      const { run } = await tryNight({ env: { BATCH_SIZE: '16' }, seams: AT_ONCE });
      expect(run).toMatchObject({ status: 'published', answers: { found: 62, absent: 0, unanswered: 2 } });
      const unanswered = await readUnanswered(nights, run.runId);
      expect(unanswered.map(({ entry }) => entry)).toEqual(poisoned);
      await expectAccounted(nights, run, 64);
      const batches = await readBatches(nights, run.runId);
      expect(batches.filter(({ status }) => status === 'given_up').map(({ size }) => size)).toEqual([1, 1]);
      // Two batches of four were split, down to the entry: 16 = 8 + 4 + 2 + 1 + 1.
      expect(batches.map(({ size }) => size).sort((a, b) => a - b)).toEqual([
        ...[1, 1, 1, 1, 2, 2, 4, 4, 8, 8],
        ...[16, 16],
      ]);
      expect(await readChanges(nights, run.runId)).toHaveLength(62);
      expectAllFired(nights.server);
    },
  );

  test('is split once more where several entries spoil it, and all of them are found out', async () => {
    const { nights, tryNight } = await openStory(makePeople(50));
    const isPoisoned = (entry: string) => Number(entry.slice(1, 4)) % 5 === 0;
    nights.server.faults.add({ on: { entries: isPoisoned }, does: 'bad_request' });
    const { run } = await tryNight({ env: { BATCH_SIZE: '50' }, seams: AT_ONCE });
    expect(run.answers).toEqual({ found: 40, absent: 0, unanswered: 10 });
    await expectAccounted(nights, run, 50);
    const unanswered = await readUnanswered(nights, run.runId);
    expect(unanswered.every(({ entry }) => isPoisoned(entry))).toBe(true);
    expectAllFired(nights.server);
  });
});

describe('a batch too large for the server', () => {
  test('is split, and the batches that come later are made as small', async () => {
    const { nights, tryNight } = await openStory(makePeople(400));
    const fault = nights.server.faults.add({ on: { moreThan: 12 }, does: 'too_large' });
    const { run } = await tryNight({ env: { BATCH_SIZE: '40', CONCURRENCY: '2' }, seams: AT_ONCE });
    expect(run).toMatchObject({ status: 'published', coverage: 1 });
    await expectAccounted(nights, run, 400);
    const batches = await readBatches(nights, run.runId);
    expect(Math.max(...batches.map(({ size }) => size))).toBe(10);
    // Of ten batches of 40 only those under way met the limit, and of those of 20 again.
    expect(fault.fired).toBeGreaterThanOrEqual(2);
    expect(fault.fired).toBeLessThanOrEqual(4);
  });

  test('that is a single entry is given up, and the others are answered', async () => {
    const { nights, tryNight } = await openStory();
    nights.server.faults.add({ on: { entries: ['cid@example.com'] }, does: 'too_large' });
    const { run } = await tryNight({ seams: AT_ONCE });
    expect(run.answers).toEqual({ found: 4, absent: 0, unanswered: 1 });
    expect(await readUnanswered(nights, run.runId)).toMatchObject([{ entry: 'cid@example.com' }]);
    await expectAccounted(nights, run, 5);
    expectAllFired(nights.server);
  });
});

import { describe, expect, test } from 'vitest';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import type { Fault } from '../../src/simulator/fault.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { readViews } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { findFreePort } from '../support/free-port.ts';
import { beginStory, openStory } from '../support/story.ts';

const AT_ONCE = { random: () => 0 };

interface Stop {
  readonly does: Fault['does'];
  /** How often it is asked before the run is stopped. */
  readonly calls: number;
  /** What to check. */
  readonly advice: RegExp;
}

const STOPS: readonly Stop[] = [
  { does: 'invalid_credentials', calls: 1, advice: /KORE_CLIENT_SECRET.*Admin Console.*scope/ },
  { does: 'invalid_token', calls: 1, advice: /whole secret.*HS256.*KORE_JWE_PUBLIC_KEY/ },
  { does: 'missing_scope', calls: 1, advice: /Give the app the scope/ },
  { does: 'overlong_token', calls: 1, advice: /clock.*JTI setting/ },
  { does: 'expired_token', calls: 1, advice: /clock \(NTP\)/ },
  { does: 'undecryptable_token', calls: 1, advice: /JWE/ },
  { does: 'echoed_token', calls: 1, advice: /token could not be read/ },
  { does: { status: 401, msg: 'No' }, calls: 1, advice: /KORE_CLIENT_ID.*JTI or JWE/ },
  {
    does: { status: 200, msg: 'Invalid SDK credentials', code: 4002 },
    calls: 1,
    advice: /KORE_CLIENT_SECRET/,
  },
  { does: 'forbidden', calls: 1, advice: /allow-list|firewall/ },
  { does: 'method_not_allowed', calls: 1, advice: /KORE_HOST does not take POST/ },
  { does: 'replayed_token', calls: 3, advice: /refused as replays/ },
  { does: 'not_found', calls: 3, advice: /KORE_HOST has no usersInfo API/ },
  { does: 'redirect', calls: 3, advice: /login\.example\.com.*KORE_HOST redirects/ },
  { does: 'encrypted', calls: 2, advice: /Payload encryption appears enabled/ },
];

function exitCode({ status, answers }: RunSummary): number {
  return exitCodeOfRun({ status, unanswered: answers.unanswered });
}

describe('a refusal of the account as a whole', () => {
  test('stops the run, says what to check, and publishes nothing', async () => {
    const { nights, tenant, tryNight } = await beginStory();
    const before = await readViews(nights);
    for (const { email } of tenant.people) tenant.setStatus(email, 'Locked');
    for (const { does, calls, advice } of STOPS) {
      const called = nights.server.calls.usersInfo;
      const fault = nights.server.faults.add({ does });
      const { run } = await tryNight({ seams: AT_ONCE });
      nights.server.faults.clear();
      expect(run, fault.name).toMatchObject({ status: 'failed', asOf: null, publishedAt: null });
      expect(run.error, fault.name).toMatch(advice);
      expect(nights.server.calls.usersInfo - called, fault.name).toBe(calls);
      expect(exitCode(run), fault.name).toBe(1);
    }
    expectAllFired(nights.server);
    expect(await readViews(nights)).toEqual(before);
    expect(await nights.query('SELECT * FROM observations')).toEqual([]);
  });

  test('leaves the next night as if it had not been', async () => {
    const { nights, tenant, tryNight, night } = await beginStory();
    tenant.revoke('ann@example.com', 'Tester', 'Leave');
    nights.server.behaviour.scope = 'missing';
    const { run } = await tryNight();
    expect(run).toMatchObject({ status: 'failed', error: expect.stringContaining('scope') as unknown });
    nights.server.behaviour.scope = 'granted';
    expect(await night()).toMatchObject([{ kind: 'role_revoked', user_id: 'u-ann', since: '1' }]);
  });

  test('is asked about by nobody else: the batches that wait are not sent after it', async () => {
    const { nights, tenant, tryNight } = await openStory();
    for (let number = 0; number < 40; number += 1) tenant.addPerson({ email: `p${number}@example.com` });
    nights.server.faults.add({ does: 'invalid_credentials' });
    const { run } = await tryNight({ env: { BATCH_SIZE: '1', CONCURRENCY: '4' } });
    expect(run.status).toBe('failed');
    // Those that were under way with the first.
    expect(nights.server.calls.usersInfo).toBeLessThanOrEqual(8);
    expectAllFired(nights.server);
  });
});

test('a wrong secret stops the run', async () => {
  const { tryNight } = await openStory();
  const { run } = await tryNight({ env: { KORE_CLIENT_SECRET: 'not the secret of this app' } });
  expect(run).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/unauthorized.*KORE_CLIENT_SECRET/) as unknown,
  });
  expect(exitCode(run)).toBe(1);
});

test('a host at which nothing answers stops the run after its attempts, and says so', async () => {
  const { tryNight } = await openStory();
  const { run } = await tryNight({
    env: { KORE_HOST: `http://127.0.0.1:${await findFreePort()}` },
    seams: AT_ONCE,
  });
  expect(run).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/refused, ECONNREFUSED.*Nothing answers at KORE_HOST/) as unknown,
  });
});

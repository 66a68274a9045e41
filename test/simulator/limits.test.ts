import { describe, expect, it } from 'vitest';
import { countFullestWindow } from '../../src/simulator/call-log.ts';
import { type Refusal, USUAL_LIMITS } from '../../src/simulator/limits.ts';
import { type RunningTenant, startTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { askUsersInfo, listUserRoles, send, serveTenant } from './tenant-client.ts';

const RATE_LIMIT = 'Rate limit for this API has been reached. Please try again after some time.';
const START = Date.parse('2026-03-01T02:00:00.250Z');
const TWO_A_SECOND = { limits: [{ calls: 2, windowMs: 1000 }] };

/** A clock that stands still until it is set, in milliseconds since the start. */
function makeClock(): { now: () => number; set: (ms: number) => void } {
  let at = START;
  return {
    now: () => at,
    set: (ms) => {
      at = START + ms;
    },
  };
}

/** The status of one call at each of these instants. */
async function callAt(
  running: RunningTenant,
  clock: ReturnType<typeof makeClock>,
  instants: readonly number[],
): Promise<number[]> {
  const statuses: number[] = [];
  for (const instant of instants) {
    clock.set(instant);
    statuses.push((await askUsersInfo(running, 'ann@example.com')).status);
  }
  return statuses;
}

describe('a limit', () => {
  it('lets a call through exactly one window after the one whose place it takes', async () => {
    const clock = makeClock();
    const running = await serveTenant({ ...TWO_A_SECOND, now: clock.now });
    const statuses = await callAt(running, clock, [0, 600, 999, 1000, 1599, 1600]);
    expect(statuses).toEqual([200, 200, 429, 200, 429, 200]);
    expect(running.calls.accepted.map((at) => at - START)).toEqual([0, 600, 1000, 1600]);
    expect(running.calls.arrivals).toHaveLength(6);
    expect(running.calls.refused).toBe(2);
    expect(countFullestWindow(running.calls.accepted, 1000)).toBe(2);
  });

  it('is rolling: a burst at the end of a window blocks the beginning of the next', async () => {
    const clock = makeClock();
    const running = await serveTenant({ ...TWO_A_SECOND, now: clock.now });
    expect(await callAt(running, clock, [990, 995, 1005, 1010, 1990])).toEqual([200, 200, 429, 429, 200]);
  });

  it('holds beside others, each in its own window', async () => {
    const clock = makeClock();
    const limits = [
      { calls: 2, windowMs: 1000 },
      { calls: 3, windowMs: 10_000 },
    ];
    const running = await serveTenant({ limits, now: clock.now });
    const statuses = await callAt(running, clock, [0, 0, 0, 1000, 2000, 9999, 10_000]);
    expect(statuses).toEqual([200, 200, 429, 200, 429, 429, 200]);
  });

  it('is one for all APIs, for calls with bad tokens too, and none for wrong paths', async () => {
    const running = await serveTenant({ ...TWO_A_SECOND, now: () => START });
    expect((await send(running, '/elsewhere')).status).toBe(404);
    expect((await send(running, '/api/public/usersInfo', { method: 'POST' })).status).toBe(401);
    expect((await listUserRoles(running, '')).status).toBe(200);
    expect((await askUsersInfo(running, 'ann@example.com')).status).toBe(429);
    expect(running.calls.refused).toBe(1);
  });

  it('belongs to the account: another server of the same tenant finds its places taken', async () => {
    const tenant = new Tenant();
    const first = await startTenant({ ...TWO_A_SECOND, tenant, now: () => START });
    await askUsersInfo(first, 'ann@example.com');
    await first.close();
    const second = await serveTenant({ ...TWO_A_SECOND, tenant, now: () => START });
    expect((await askUsersInfo(second, 'ann@example.com')).status).toBe(200);
    expect((await askUsersInfo(second, 'ann@example.com')).status).toBe(429);
  });

  it('may come and go while the tenant runs', async () => {
    const running = await serveTenant({ now: () => START });
    const clock = makeClock();
    expect(await callAt(running, clock, [0, 0, 0])).toEqual([200, 200, 200]);
    running.behaviour.limits = TWO_A_SECOND.limits;
    expect(await callAt(running, clock, [0])).toEqual([429]);
    running.behaviour.limits = [];
    expect(await callAt(running, clock, [0])).toEqual([200]);
  });
});

describe('the usual limits', () => {
  it('allow 60 calls in a minute and 1,800 in an hour', async () => {
    const clock = makeClock();
    const running = await serveTenant({ limits: USUAL_LIMITS, now: clock.now });
    const minute = Array.from({ length: 61 }, (_none, call) => call);
    expect((await callAt(running, clock, minute)).indexOf(429)).toBe(60);
    for (let call = running.calls.accepted.length; call < 1800; call += 1) {
      running.calls.accepted.push(START + 60_000 + call);
    }
    expect(await callAt(running, clock, [1_800_000, 3_599_999, 3_600_000])).toEqual([429, 429, 200]);
  });
});

describe('refused calls', () => {
  it('take no place', async () => {
    const clock = makeClock();
    const running = await serveTenant({ ...TWO_A_SECOND, now: clock.now });
    expect(await callAt(running, clock, [0, 0, 500, 900, 1000])).toEqual([200, 200, 429, 429, 200]);
  });

  it('take one where they count, so that who keeps asking is kept waiting', async () => {
    const clock = makeClock();
    const running = await serveTenant({ ...TWO_A_SECOND, countsRefused: true, now: clock.now });
    const statuses = await callAt(running, clock, [0, 0, 500, 900, 1000, 1500, 1600, 2600]);
    expect(statuses).toEqual([200, 200, 429, 429, 429, 429, 429, 200]);
  });
});

describe('a refusal', () => {
  async function refuse(refusal: Refusal): ReturnType<typeof askUsersInfo> {
    const clock = makeClock();
    const limits = [{ calls: 1, windowMs: 2500 }];
    const running = await serveTenant({ limits, refusal, now: clock.now });
    await callAt(running, clock, [0]);
    clock.set(100);
    return askUsersInfo(running, 'ann@example.com');
  }

  it.each([200, 400, 429, 503] as const)('comes in the documented words under %i', async (status) => {
    const answer = await refuse({ status, retryAfter: 'none' });
    expect(answer).toMatchObject({ status, json: { errors: [{ msg: RATE_LIMIT, code: 429 }] } });
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  it('says when in seconds, rounded up', async () => {
    const { headers } = await refuse({ status: 429, retryAfter: 'seconds' });
    expect(headers.get('retry-after')).toBe('3');
  });

  it("says when as a date, by the tenant's clock", async () => {
    const { headers } = await refuse({ status: 429, retryAfter: 'date' });
    expect(headers.get('retry-after')).toBe('Sun, 01 Mar 2026 02:00:03 GMT');
    expect(headers.get('date')).toBe('Sun, 01 Mar 2026 02:00:00 GMT');
  });
});

describe('the fullest window', () => {
  it.each([
    [[], 0],
    [[5], 1],
    [[0, 999], 2],
    [[0, 1000], 1],
    [[0, 1000, 1001, 1999, 2000, 3500], 3],
    [[7, 7, 7], 3],
  ])('of %j holds %i', (arrivals, fullest) => {
    expect(countFullestWindow(arrivals, 1000)).toBe(fullest);
  });
});

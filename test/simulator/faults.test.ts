import { describe, expect, it } from 'vitest';
import type { Fault, FaultTarget } from '../../src/simulator/fault.ts';
import { type RunningTenant, startTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { expectAllFired } from '../support/faults.ts';
import {
  askAbout,
  askUsersInfo,
  listUserRoles,
  mintToken,
  postUsersInfo,
  serveTenant,
} from './tenant-client.ts';

const ANN = 'ann@example.com';
const EVE = 'eve@example.com';

const EVERYBODY = Array.from({ length: 400 }, (_none, number) => `person${number}@example.com`);

function makeTenant(seed = 1): Tenant {
  const tenant = new Tenant({ seed });
  for (const email of EVERYBODY) tenant.addPerson({ email });
  return tenant;
}

/** The status of a call about each of these sets of entries, one after another. */
async function listStatuses(
  running: RunningTenant,
  ...sets: readonly (readonly string[])[]
): Promise<number[]> {
  const statuses: number[] = [];
  for (const entries of sets) statuses.push((await askUsersInfo(running, ...entries)).status);
  return statuses;
}

async function serveFailing(on: FaultTarget): Promise<RunningTenant> {
  return serveTenant({ faults: [{ on, does: 'unavailable' }] });
}

describe('a fault befalls', () => {
  it('every call where it says nothing else', async () => {
    const running = await serveTenant({ faults: [{ does: 'unavailable' }] });
    expect(await listStatuses(running, [ANN], [EVE])).toEqual([503, 503]);
    expect((await listUserRoles(running, '')).status).toBe(503);
  });

  it('calls of its operation', async () => {
    const running = await serveFailing({ operation: 'allUserRoles' });
    expect(await listStatuses(running, [ANN])).toEqual([200]);
    expect((await listUserRoles(running, '')).status).toBe(503);
  });

  it('calls about its entries, letter case and company aside', async () => {
    const running = await serveFailing({ entries: ['EVE@example.com'] });
    expect(await listStatuses(running, [ANN], [EVE], ['Eve@Example.com', ANN])).toEqual([200, 503, 503]);
    expect([...(running.faults.list[0]?.entries ?? [])]).toEqual([EVE, 'Eve@Example.com']);
  });

  it('calls about the entries a predicate chooses', async () => {
    const running = await serveFailing({ entries: (entry) => entry.includes("'") });
    expect(await listStatuses(running, [ANN], [ANN, "o'brien@example.com"])).toEqual([200, 503]);
  });

  it('pages of a listing with one of its entries', async () => {
    const running = await serveTenant({ tenant: makeTenant() });
    running.faults.add({ on: { entries: ['person3@example.com'] }, does: 'unavailable' });
    expect((await listUserRoles(running, '?limit=3')).status).toBe(200);
    expect((await listUserRoles(running, '?limit=3&offset=3')).status).toBe(503);
  });

  it('calls about more entries than it says', async () => {
    const running = await serveFailing({ moreThan: 1 });
    expect(await listStatuses(running, [ANN], [ANN, EVE])).toEqual([200, 503]);
  });

  it('calls of its night', async () => {
    const running = await serveFailing({ night: 2 });
    expect(await listStatuses(running, [ANN])).toEqual([200]);
    running.tenant.night = 2;
    expect(await listStatuses(running, [ANN])).toEqual([503]);
  });

  it('calls its own question is answered yes for', async () => {
    const running = await serveFailing({ when: ({ query }) => query.get('offset') === '50' });
    expect((await listUserRoles(running, '')).status).toBe(200);
    expect((await listUserRoles(running, '?offset=50')).status).toBe(503);
  });

  it('calls for which all it says holds', async () => {
    const running = await serveFailing({ entries: [EVE], moreThan: 1 });
    expect(await listStatuses(running, [EVE], [ANN, 'x@example.com'], [ANN, EVE])).toEqual([200, 200, 503]);
  });

  it('calls whose body it cannot understand, where it asks for no entries', async () => {
    const running = await serveTenant({ faults: [{ on: { operation: 'usersInfo' }, does: 'unavailable' }] });
    expect((await postUsersInfo(running, 'no request')).status).toBe(503);
  });

  it('nobody whose token is refused', async () => {
    const running = await serveTenant({ faults: [{ does: 'unavailable' }] });
    expect((await postUsersInfo(running, '{}', 'no token')).status).toBe(401);
    expect(await listStatuses(running, [ANN])).toEqual([503]);
  });
});

describe('attempts', () => {
  it('are counted for one set of entries, whatever their order and letter case', async () => {
    const running = await serveFailing({ attempts: 'first' });
    const statuses = await listStatuses(running, [ANN, EVE], [EVE, 'ANN@example.com'], [ANN], [EVE], [ANN]);
    expect(statuses).toEqual([503, 200, 503, 503, 200]);
  });

  it('may fail more than once', async () => {
    const running = await serveFailing({ attempts: 2 });
    expect(await listStatuses(running, [ANN], [ANN], [ANN])).toEqual([503, 503, 200]);
  });

  it('begin anew with the night', async () => {
    const running = await serveFailing({ attempts: 'first' });
    expect(await listStatuses(running, [ANN], [ANN])).toEqual([503, 200]);
    running.tenant.night = 2;
    expect(await listStatuses(running, [ANN], [ANN])).toEqual([503, 200]);
  });

  it('of a listing are those for one page', async () => {
    const running = await serveFailing({ attempts: 'first' });
    const statuses: number[] = [];
    for (const query of ['?limit=2&offset=0', '?offset=0&limit=2', '?limit=2&offset=2']) {
      statuses.push((await listUserRoles(running, query)).status);
    }
    expect(statuses).toEqual([503, 200, 503]);
  });

  it('are those that reach the fault: one that another fault answers is none', async () => {
    const running = await serveTenant({
      faults: [
        { on: { attempts: 'first' }, does: 'server_error' },
        { on: { attempts: 'first' }, does: 'unavailable' },
      ],
    });
    expect(await listStatuses(running, [ANN], [ANN], [ANN])).toEqual([500, 503, 200]);
  });
});

describe('a share', () => {
  async function listOmitted(on: FaultTarget, options: { seed?: number; name?: string } = {}) {
    const running = await serveTenant({ tenant: makeTenant(options.seed) });
    const named = options.name === undefined ? {} : { name: options.name };
    const fault = running.faults.add({ ...named, on, does: 'omit' });
    const answer = await askAbout(running, ...EVERYBODY);
    expect(answer).toHaveLength(EVERYBODY.length - fault.entries.size);
    return [...fault.entries];
  }

  it('of entries is about as large as it says, and the same for the same seed', async () => {
    const tenth = await listOmitted({ share: 0.1 });
    expect(tenth.length).toBeGreaterThan(20);
    expect(tenth.length).toBeLessThan(60);
    expect(await listOmitted({ share: 0.1 })).toEqual(tenth);
    expect(await listOmitted({ share: 0.1 }, { seed: 2 })).not.toEqual(tenth);
    expect(await listOmitted({ share: 0.2 })).toEqual(expect.arrayContaining(tenth));
  });

  it('is drawn by each name for itself', async () => {
    const one = await listOmitted({ share: 0.1 }, { name: 'one' });
    expect(await listOmitted({ share: 0.1 }, { name: 'two' })).not.toEqual(one);
    expect(await listOmitted({ share: 0.1 }, { name: 'one' })).toEqual(one);
  });

  it('is drawn by what the fault does where it has no name', async () => {
    const running = await serveTenant({ tenant: makeTenant() });
    const lost = running.faults.add({ on: { share: 0.1 }, does: 'omit' });
    const doubled = running.faults.add({ on: { share: 0.1 }, does: 'duplicate' });
    await askUsersInfo(running, ...EVERYBODY);
    expect([...doubled.entries]).not.toEqual([...lost.entries]);
  });

  it('is narrowed down by the entries beside it', async () => {
    const tenth = await listOmitted({ share: 0.1 });
    const both = await listOmitted({ share: 0.1, entries: tenth.slice(0, 3).concat(ANN) });
    expect(both).toEqual(tenth.slice(0, 3));
  });

  it('of calls is the same whatever the order of calls and entries', async () => {
    const sets = EVERYBODY.slice(0, 40).map((entry) => [entry, ANN]);
    const first = await listStatuses(await serveFailing({ shareOfCalls: 0.5 }), ...sets);
    const other = sets.map((entries) => entries.toReversed()).reverse();
    const second = await listStatuses(await serveFailing({ shareOfCalls: 0.5 }), ...other);
    expect(second.reverse()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 503]));
  });
});

describe('faults together', () => {
  it('befall a call one around the other', async () => {
    const tenant = new Tenant();
    for (const email of [ANN, EVE]) tenant.addPerson({ email });
    const running = await serveTenant({
      tenant,
      faults: [
        { does: 'wrong_content_type' },
        { does: { latencyMs: 1 } },
        { on: { entries: [EVE] }, does: 'duplicate' },
        { on: { entries: [EVE] }, does: { drop: 'userInfo.status' } },
      ],
    });
    const { headers, json } = await askUsersInfo(running, ANN, EVE);
    expect(headers.get('content-type')).toContain('html');
    expect(json).toHaveLength(3);
    expect(JSON.stringify(json).match(/"status"/g)).toHaveLength(1);
  });

  it('may come and go while the tenant runs', async () => {
    const running = await serveTenant();
    expect(await listStatuses(running, [ANN])).toEqual([200]);
    const fault = running.faults.add({ does: 'unavailable' });
    expect(await listStatuses(running, [ANN])).toEqual([503]);
    running.faults.clear();
    expect(await listStatuses(running, [ANN])).toEqual([200]);
    expect(fault.fired).toBe(1);
  });

  it('leave a token used up that came with a call they failed', async () => {
    const running = await serveTenant({ enforceJti: true });
    running.faults.add({ on: { attempts: 'first' }, does: 'unavailable' });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const token = await mintToken(running, { jti: 'one', exp });
    const body = JSON.stringify({ emailIds: [ANN] });
    expect((await postUsersInfo(running, body, token)).status).toBe(503);
    expect((await postUsersInfo(running, body, token)).json).toMatchObject({
      errors: [{ msg: 'error verifying the jwt: possibly a replay' }],
    });
  });
});

describe('a fault that', () => {
  async function serveUnchecked(fault: Fault): Promise<RunningTenant> {
    const tenant = new Tenant();
    tenant.addPerson({ email: ANN });
    return startTenant({ tenant, faults: [fault] });
  }

  it('befell nobody is known as unfired, also when it is cleared', async () => {
    const running = await serveUnchecked({ on: { entries: [EVE], attempts: 'first' }, does: 'bad_request' });
    await askUsersInfo(running, ANN);
    running.faults.clear();
    expect(running.unfiredFaults()).toEqual(running.faults.list);
    expect(() => expectAllFired(running)).toThrow(
      "{ on: { entries: [ 'eve@example.com' ], attempts: 'first' }, does: 'bad_request' }",
    );
    await running.close();
  });

  it.each<[string, Fault]>([
    ['a field that is not there', { does: { drop: 'userInfo.shoeSize' } }],
    ['a field below one that is not there', { does: { set: { 'shoes.left': 42 } } }],
    ['a value it has already', { does: { set: { isDeveloper: true } } }],
    ['the order of one item', { does: 'reorder' }],
  ])('alters %s has not fired', async (_what, fault) => {
    const running = await serveUnchecked(fault);
    const { text } = await askUsersInfo(running, ANN);
    expect(running.unfiredFaults()).toHaveLength(1);
    running.faults.clear();
    expect((await askUsersInfo(running, ANN)).text).toBe(text);
    await running.close();
  });

  it('alters items of a reply that has none has not fired', async () => {
    const running = await serveUnchecked({ does: 'omit' });
    running.faults.add({ does: 'unavailable' });
    await askUsersInfo(running, ANN);
    expect(running.faults.list.map(({ fired }) => fired)).toEqual([0, 1]);
    await running.close();
  });

  it('fires says how often and on whom, and is known by its name', async () => {
    const running = await serveUnchecked({ name: 'outage', on: { moreThan: 1 }, does: 'unavailable' });
    await listStatuses(running, [ANN], [ANN, EVE], [ANN, EVE]);
    const [fault] = running.faults.list;
    await fault?.whenFired;
    expect(fault).toMatchObject({ name: 'outage', fired: 2 });
    expect([...(fault?.entries ?? [])]).toEqual([ANN, EVE]);
    expect(() => expectAllFired(running)).not.toThrow();
    await running.close();
  });
});

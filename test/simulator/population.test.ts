import { describe, expect, it } from 'vitest';
import { listHeldGrants } from '../../src/simulator/model.ts';
import { populateTenant, type PopulationOptions } from '../../src/simulator/population.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { populateUniformTenant } from '../../src/simulator/uniform-population.ts';
import { postUsersInfo, serveTenant } from './tenant-client.ts';

describe('a populated tenant', () => {
  it('answers the same bytes for the same seed, and others for another', async () => {
    const answer = async (options: PopulationOptions): Promise<string> => {
      const tenant = populateTenant({ ...options, people: 300, edition: 'xo' });
      const running = await serveTenant({ tenant });
      return (await postUsersInfo(running, JSON.stringify({ emailIds: [...tenant.roster()] }))).text;
    };
    const first = await answer({ seed: 7 });
    expect(await answer({ seed: 7 })).toBe(first);
    expect(await answer({ seed: 8 })).not.toBe(first);
  });

  it('of 20,000 has a mix of everything the product must cope with', () => {
    const { people } = populateTenant({ people: 20_000 });
    const share = (fits: (person: Tenant['people'][number]) => boolean): number =>
      people.filter(fits).length / people.length;
    expect(people).toHaveLength(20_000);
    expect(share(({ status }) => status === 'active')).toBeCloseTo(0.88, 1);
    for (const status of ['Not Active', 'Suspended', 'Locked']) {
      expect(share((person) => person.status === status)).toBeGreaterThan(0.01);
    }
    const oddities: readonly ((person: Tenant['people'][number]) => boolean)[] = [
      ({ lastLogin }) => lastLogin === null,
      ({ email }) => email !== email.toLowerCase(),
      ({ email }) => email.includes("'"),
      ({ email }) => email.includes('+'),
      ({ email }) => /[^ -~]/.test(email),
      ({ lastName }) => lastName.includes("'"),
      ({ lastName }) => /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(lastName),
      ({ firstName, lastName }) => firstName === '' && lastName === '',
      ({ firstName }) => firstName !== firstName.trim(),
      ({ isDeveloper, canCreateBot }) => canCreateBot && !isDeveloper,
      ({ grants, groups }) => grants.length === 0 && groups.length === 0,
      ({ tasks }) => tasks.length > 1,
      (person) => listHeldGrants(person).some(({ direct, via }) => direct && via.length > 0),
    ];
    for (const oddity of oddities) {
      expect(share(oddity), oddity.toString()).toBeGreaterThan(0);
      expect(share(oddity), oddity.toString()).toBeLessThan(0.2);
    }
  });

  it('has about one administrator in a hundred, some of them through a group', () => {
    const { people } = populateTenant({ people: 5000 });
    const admins = people.flatMap((person) =>
      listHeldGrants(person).filter(({ grant }) => grant.role.scope === 'admin'),
    );
    expect(admins.length).toBeGreaterThanOrEqual(50);
    expect(admins.length).toBeLessThan(80);
    expect(admins.some(({ direct }) => direct)).toBe(true);
    expect(admins.some(({ via }) => via.length > 0)).toBe(true);
  });

  it('has a roster that leaves out a few, names a few who never existed and spells a few differently', () => {
    const tenant = populateTenant({ people: 5000 });
    const roster = [...tenant.roster()];
    const found = roster.map((entry) => tenant.findByEmail(entry));
    const spelledOtherwise = found.filter((person, index) => person && person.email !== roster[index]);
    expect(found.filter((person) => person === undefined)).toHaveLength(20);
    expect(new Set(found).size).toBeLessThan(5000);
    expect(new Set(found).size).toBeGreaterThan(4950);
    expect(spelledOtherwise.length).toBeGreaterThan(20);
    expect(spelledOtherwise.length).toBeLessThan(100);
  });
});

describe('a uniform population', () => {
  it('of 20,000 gives everybody three grants and two groups, and a roster of exactly them', () => {
    const tenant = populateUniformTenant({ people: 20_000 });
    expect(tenant.people).toHaveLength(20_000);
    for (const person of tenant.people) {
      expect(new Set(listHeldGrants(person).map(({ grant }) => grant)).size).toBe(3);
      expect(new Set(person.groups).size).toBe(2);
    }
    expect([...tenant.roster()]).toEqual(tenant.people.map(({ email }) => email));
  });

  it('is the same for the same seed', () => {
    const first = [...populateUniformTenant({ people: 500 }).truth().roleGrants];
    expect([...populateUniformTenant({ people: 500 }).truth().roleGrants]).toEqual(first);
    expect([...populateUniformTenant({ people: 500, seed: 2 }).truth().roleGrants]).not.toEqual(first);
  });
});

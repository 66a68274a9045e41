import type { Account } from './account.ts';
import { flatten } from './flat-text.ts';
import type { Grant, Group, Role } from './model.ts';
import { FIRST_NAMES, LAST_NAMES } from './names.ts';
import { pickStatus } from './newcomer.ts';
import type { PopulationOptions } from './population.ts';
import { Random } from './random.ts';
import { Tenant } from './tenant.ts';

const SIZES = { bots: 300, rolesHeld: 150, rolesCarried: 50, carryingGroups: 200, plainGroups: 200 } as const;
const DAY_MS = 86_400_000;

/**
 * A population for measuring: everybody holds exactly three grants (two directly, one through a group) and is in
 * exactly two groups, and the roster names exactly everybody. A million take a few seconds and 560 MB of memory.
 */
export function populateUniformTenant(options: PopulationOptions = {}): Tenant {
  const tenant = new Tenant(options);
  const random = new Random(tenant.seed, 'uniform population');
  const pools = furnish(tenant, random);
  const { people = 10_000 } = options;
  for (let number = 0; number < people; number += 1) addUniformPerson(tenant, random, pools, number);
  return tenant;
}

interface Pools {
  /** Two of one person never meet: the first half serves the first grant, the second half the second. */
  readonly grants: readonly [readonly Grant[], readonly Grant[]];
  readonly groups: readonly [carrying: readonly Group[], plain: readonly Group[]];
}

function furnish(account: Account, random: Random): Pools {
  const bots = listNumbered(SIZES.bots, (number) => account.addBot(`Bot ${number}`));
  const addRole = (number: number): Role => account.addRole('bot', `Role ${number}`);
  const held = listNumbered(SIZES.rolesHeld, addRole);
  const carried = listNumbered(SIZES.rolesCarried, (number) => addRole(SIZES.rolesHeld + number));
  const carrying = listNumbered(SIZES.carryingGroups, (number) => {
    const group = account.addGroup(`Group ${number}`);
    account.grantToGroup(group, random.pick(carried), random.pick(bots));
    return group;
  });
  const plain = listNumbered(SIZES.plainGroups, (number) =>
    account.addGroup(`Group ${SIZES.carryingGroups + number}`),
  );
  const half = held.length / 2;
  const combine = (roles: readonly Role[]): readonly Grant[] =>
    roles.flatMap((role) => random.pickSome(bots, 20).map((bot) => account.grantOf(role, bot)));
  return { grants: [combine(held.slice(0, half)), combine(held.slice(half))], groups: [carrying, plain] };
}

function addUniformPerson(account: Account, random: Random, pools: Pools, number: number): void {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const isDeveloper = random.chance(0.6);
  account.addPerson({
    email: flatten(`${first.inAddress}.${last.inAddress}.${number}@example.com`),
    firstName: first.written,
    lastName: last.written,
    status: pickStatus(random),
    isDeveloper,
    canCreateBot: isDeveloper && random.chance(0.3),
    lastLogin: account.tonight - 1 - random.below(90) * DAY_MS,
    grants: pools.grants.map((grants) => random.pick(grants)),
    groups: pools.groups.map((groups) => random.pick(groups)),
  });
}

function listNumbered<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_none, index) => make(index + 1));
}

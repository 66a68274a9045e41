import type { Account, AccountOptions } from './account.ts';
import type { Person } from './model.ts';
import { ADMIN_ROLE_NAMES, BOT_NAMES, BOT_ROLE_NAMES, DOMAINS, GROUP_NAMES } from './names.ts';
import { addNewcomer, pickBotGrant } from './newcomer.ts';
import { Random } from './random.ts';
import { Tenant } from './tenant.ts';

export interface PopulationOptions extends AccountOptions {
  readonly people?: number;
}

const SHARES = { administrators: 0.01, strangers: 0.004 } as const;
const ADMINISTRATORS_GROUP = 'Tenant Administrators';

/** A company as one meets it: uneven, international, with a few of every oddity and a roster that is not quite right. */
export function populateTenant(options: PopulationOptions = {}): Tenant {
  const tenant = new Tenant(options);
  const random = new Random(tenant.seed, 'population');
  furnish(tenant, random);
  const { people = 3000 } = options;
  for (let added = 0; added < people; added += 1) addNewcomer(tenant, random);
  appointAdministrators(tenant, random);
  for (let stranger = Math.ceil(people * SHARES.strangers); stranger > 0; stranger -= 1) {
    tenant.addStranger(`nobody.${stranger}.${random.below(10_000)}@${random.pick(DOMAINS)}`);
  }
  return tenant;
}

function furnish(account: Account, random: Random): void {
  for (const name of BOT_NAMES) account.addBot(name);
  for (const name of BOT_ROLE_NAMES) account.addRole('bot', name);
  for (const name of ADMIN_ROLE_NAMES) account.addRole('admin', name);
  for (const [index, name] of GROUP_NAMES.entries()) {
    const group = account.addGroup(name);
    // Every third group carries a role, every sixth two; most groups in a company give nothing.
    const carried = index % 6 === 0 ? 2 : index % 3 === 0 ? 1 : 0;
    while (group.grants.length < carried) {
      const grant = pickBotGrant(account, random);
      if (grant?.bot && !group.grants.includes(grant)) account.grantToGroup(group, grant.role, grant.bot);
    }
  }
  account.grantToGroup(ADMINISTRATORS_GROUP, 'User Administrator');
}

/** Some hold an admin role themselves, some through the administrators' group, a few both ways. */
function appointAdministrators(account: Account, random: Random): void {
  const wanted = Math.ceil(account.people.length * SHARES.administrators);
  for (const person of random.pickSome<Person>(account.people, wanted)) {
    const role = random.pick(ADMIN_ROLE_NAMES);
    const throughGroup = random.chance(0.3);
    if (throughGroup) account.joinGroup(person, ADMINISTRATORS_GROUP);
    if (!throughGroup || random.chance(0.2)) account.grant(person, role);
  }
}

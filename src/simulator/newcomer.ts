import type { Account } from './account.ts';
import type { Bot, Grant, Group, Person, TaskKind } from './model.ts';
import { TASK_KINDS } from './model.ts';
import { AWKWARD_LOCAL_PARTS, AWKWARD_NAMES, DOMAINS, FIRST_NAMES, LAST_NAMES } from './names.ts';
import { Random } from './random.ts';

const DAY_MS = 86_400_000;

// Small on purpose: enough of each oddity to be met in a few thousand people, too few to hide what is usual.
const SHARES = {
  awkwardName: 0.015,
  awkwardAddress: 0.004,
  capitalisedAddress: 0.02,
  neverLoggedIn: 0.04,
  unrostered: 0.004,
  rosteredInCapitals: 0.01,
  developer: 0.6,
  creator: 0.3,
  creatorWithoutDeveloper: 0.002,
  heldTwice: 0.03,
  hasTasks: 0.2,
} as const;

const DIRECT_GRANTS = [0, 1, 1, 2, 2, 3, 4] as const;
const MEMBERSHIPS = [0, 1, 1, 2, 3] as const;
const TASK_PREFIXES: Readonly<Record<TaskKind, string>> = {
  dialog: 'dg',
  action: 'ac',
  alert: 'al',
  knowledge: 'kt',
};

/** Adds one plausible person with roles, groups and tasks out of what the account has; never an administrator. */
export function addNewcomer(account: Account, random: Random): Person {
  const { firstName, lastName, inAddress } = pickName(random);
  const email = pickAddress(account, random, inAddress);
  const status = pickStatus(random);
  const isDeveloper = random.chance(SHARES.developer);
  const groups = random.pickSome(listOpenGroups(account), random.pick(MEMBERSHIPS));
  const person = account.addPerson({
    email,
    firstName,
    lastName,
    status,
    isDeveloper,
    canCreateBot: random.chance(isDeveloper ? SHARES.creator : SHARES.creatorWithoutDeveloper),
    lastLogin: pickLastLogin(account, random, status),
    rosterEntry: pickRosterEntry(random, email),
    grants: pickDirectGrants(account, random, groups),
    groups,
  });
  if (isDeveloper && random.chance(SHARES.hasTasks)) assignTasks(account, random, person);
  return person;
}

/** The groups anybody may be put into: those that make nobody an administrator. */
export function listOpenGroups(account: Account): readonly Group[] {
  return account.groups.filter((group) => group.grants.every((grant) => grant.bot !== null));
}

/** A bot role on a bot; undefined where the account has none to give. */
export function pickBotGrant(account: Account, random: Random): Grant | undefined {
  const roles = account.roles.filter((role) => role.scope === 'bot');
  if (roles.length === 0 || account.bots.length === 0) return undefined;
  return account.grantOf(random.pick(roles), random.pick(account.bots));
}

/** One of the few tasks that a bot has of each kind: people share them. */
export function pickTaskId(account: Account, random: Random, bot: Bot, kind: TaskKind): string {
  return `${TASK_PREFIXES[kind]}-${new Random(account.seed, bot.id, kind, random.below(5)).uuid()}`;
}

/** `active` for most. */
export function pickStatus(random: Random): string {
  const fraction = random.fraction();
  if (fraction < 0.88) return 'active';
  if (fraction < 0.95) return 'Not Active';
  return fraction < 0.98 ? 'Suspended' : 'Locked';
}

/** A name, and the part of an address that goes with it. */
export function pickName(random: Random): { firstName: string; lastName: string; inAddress: string } {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const inAddress = `${first.inAddress}.${last.inAddress}`;
  if (!random.chance(SHARES.awkwardName)) {
    return { firstName: first.written, lastName: last.written, inAddress };
  }
  const [firstName, lastName] = random.pick(AWKWARD_NAMES);
  return { firstName, lastName, inAddress };
}

/** An address nobody has, for most made of the name. */
export function pickAddress(account: Account, random: Random, inAddress: string): string {
  const local = random.chance(SHARES.awkwardAddress) ? random.pick(AWKWARD_LOCAL_PARTS) : inAddress;
  const domain = random.pick(DOMAINS);
  const spelled = random.chance(SHARES.capitalisedAddress) ? capitalise(local) : local;
  let address = `${spelled}@${domain}`;
  for (let limit = 10; account.findByEmail(address) !== undefined; limit *= 2) {
    address = `${spelled}${random.below(limit)}@${domain}`;
  }
  return address;
}

function pickLastLogin(account: Account, random: Random, status: string): number | null {
  if (status === 'Not Active' || random.chance(SHARES.neverLoggedIn)) return null;
  // The square puts most logins in the last weeks and leaves some dormant for most of a year.
  return account.tonight - Math.floor(random.fraction() ** 2 * 300 * DAY_MS) - 1;
}

function pickRosterEntry(random: Random, email: string): string | null {
  if (random.chance(SHARES.unrostered)) return null;
  return random.chance(SHARES.rosteredInCapitals) ? toAsciiUpperCase(email) : email;
}

function pickDirectGrants(account: Account, random: Random, groups: readonly Group[]): readonly Grant[] {
  const grants = new Set<Grant>();
  for (let wanted = random.pick(DIRECT_GRANTS); wanted > 0; wanted -= 1) {
    const grant = pickBotGrant(account, random);
    if (grant !== undefined) grants.add(grant);
  }
  const carried = groups.flatMap((group) => group.grants);
  if (carried.length > 0 && random.chance(SHARES.heldTwice)) grants.add(random.pick(carried));
  return [...grants];
}

function assignTasks(account: Account, random: Random, person: Person): void {
  if (account.bots.length === 0) return;
  for (const bot of random.pickSome(account.bots, 1 + random.below(2))) {
    for (const kind of random.pickSome(TASK_KINDS, 1 + random.below(2))) {
      account.assignTask(person, bot, kind, pickTaskId(account, random, bot, kind));
    }
  }
}

function capitalise(local: string): string {
  return local.replace(
    /(^|[.-])([a-z])/g,
    (_match, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

/** Letters outside ASCII stay: not all of them come back from upper case as they were. */
function toAsciiUpperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

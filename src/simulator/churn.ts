import type { Account } from './account.ts';
import { type ChurnRates, USUAL_CHURN } from './churn-rates.ts';
import { Day } from './day.ts';
import {
  type Bot,
  type Grant,
  type Group,
  type Person,
  type Role,
  type RoleScope,
  TASK_KINDS,
} from './model.ts';
import { addNewcomer, listOpenGroups, pickAddress, pickBotGrant, pickName, pickTaskId } from './newcomer.ts';
import type { NightEvent, RenameEvent } from './night-event.ts';
import { Random } from './random.ts';

export interface NightOptions {
  /** What is left out happens as usual. */
  readonly churn?: Partial<ChurnRates>;
  /** The share of active people whose last login moves. */
  readonly loginsMove?: number;
}

const USUAL_LOGINS = 0.3;
const DAY_MS = 86_400_000;

/**
 * Moves the account to its next night. Nobody is touched by two events but `logins moved`, so each event
 * alone explains what became of its person.
 */
export function advanceNight(account: Account, options: NightOptions = {}): readonly NightEvent[] {
  account.night += 1;
  const day = new Day(account, new Random(account.seed, 'night', account.night));
  const rates = { ...USUAL_CHURN, ...options.churn };
  moveStaff(day, rates);
  changePeople(day, rates);
  changeRoles(day, rates);
  changeMemberships(day, rates);
  changeTasks(day, rates);
  renameSome(day, 'group renamed', account.groups, rates.groupRenames);
  renameSome(day, 'role renamed', account.roles, rates.roleRenames);
  renameSome(day, 'bot renamed', account.bots, rates.botRenames);
  moveLogins(day, options.loginsMove ?? USUAL_LOGINS);
  return day.events;
}

function moveStaff(day: Day, rates: ChurnRates): void {
  const { account, random } = day;
  const mayReturn = account.departed.filter((person) => account.findByEmail(person.email) === undefined);
  for (const departed of random.pickSome(mayReturn, day.share(rates.returns))) {
    day.notePerson(account.restore(departed), { what: 'returned' });
  }
  day.befall(day.share(rates.leaves), isAnybody, (person) => {
    account.remove(person, { staysOnRoster: random.chance(0.5) });
    return { what: 'left' };
  });
  for (let joins = day.share(rates.joins); joins > 0; joins -= 1) {
    day.notePerson(addNewcomer(account, random), { what: 'joined' });
  }
  day.befall(day.share(rates.rosterDrops), isRostered, (person) => {
    account.setRosterEntry(person, null);
    return { what: 'roster entry dropped' };
  });
}

function changePeople(day: Day, rates: ChurnRates): void {
  const { account, random } = day;
  day.befall(day.share(rates.statusChanges), isAnybody, (person) => {
    const { status: from } = person;
    const to = from === 'active' ? random.pick(['Not Active', 'Suspended', 'Locked']) : 'active';
    account.setStatus(person, to);
    return { what: 'status set', from, to };
  });
  day.befall(day.share(rates.nameChanges), isAnybody, (person) => {
    const { firstName, lastName } = person;
    const drawn = pickName(random).lastName;
    const to = { firstName, lastName: drawn.trim() === lastName.trim() ? `${lastName} II` : drawn };
    account.setName(person, to.firstName, to.lastName);
    return { what: 'name set', from: { firstName, lastName }, to };
  });
  day.befall(day.share(rates.emailChanges), isAnybody, (person) => {
    const { email: from } = person;
    const to = pickAddress(account, random, pickName(random).inAddress);
    account.changeEmail(person, to);
    return { what: 'address set', from, to };
  });
  day.befall(day.share(rates.rightsChanges), isAnybody, (person) => {
    const isDeveloper = !person.isDeveloper;
    const canCreateBot = isDeveloper && random.chance(0.5);
    account.setRights(person, { isDeveloper, canCreateBot });
    return { what: 'rights set', isDeveloper, canCreateBot };
  });
}

function changeRoles(day: Day, rates: ChurnRates): void {
  const { account, random } = day;
  day.befall(day.share(rates.botGrants), isAnybody, (person) => {
    const grant = pickBotGrant(account, random);
    if (grant?.bot == null || person.grants.includes(grant)) return null;
    account.grant(person, grant.role, grant.bot);
    return { what: 'role given', grant };
  });
  day.befall(day.share(rates.botRevokes), holdsDirectly('bot'), (person) => ({
    what: 'role taken',
    grant: revokeOne(day, person, 'bot'),
  }));
  const adminRoles = account.roles.filter((role) => role.scope === 'admin');
  const isNoAdministrator = (person: Person): boolean => !holdsDirectly('admin')(person);
  day.befall(adminRoles.length > 0 ? rates.adminGrants : 0, isNoAdministrator, (person) => ({
    what: 'role given',
    grant: account.grant(person, random.pick(adminRoles)),
  }));
  day.befall(rates.adminRevokes, holdsDirectly('admin'), (person) => ({
    what: 'role taken',
    grant: revokeOne(day, person, 'admin'),
  }));
}

function revokeOne({ account, random }: Day, person: Person, scope: RoleScope): Grant {
  const { role, bot } = random.pick(person.grants.filter((grant) => grant.role.scope === scope));
  return account.revoke(person, role, bot ?? undefined);
}

function changeMemberships(day: Day, rates: ChurnRates): void {
  const { account, random } = day;
  const open = listOpenGroups(account);
  day.befall(open.length > 0 ? day.share(rates.groupJoins) : 0, isAnybody, (person) => {
    const group = random.pick(open);
    if (person.groups.includes(group)) return null;
    return { what: 'group entered', group: account.joinGroup(person, group) };
  });
  const openGroupsOf = (person: Person): readonly Group[] =>
    person.groups.filter((group) => open.includes(group));
  const mayLeave = (person: Person): boolean => openGroupsOf(person).length > 0;
  day.befall(day.share(rates.groupLeaves), mayLeave, (person) => ({
    what: 'group exited',
    group: account.leaveGroup(person, random.pick(openGroupsOf(person))),
  }));
}

function changeTasks(day: Day, rates: ChurnRates): void {
  const { account, random } = day;
  day.befall(account.bots.length > 0 ? day.share(rates.taskAssigns) : 0, isAnybody, (person) => {
    const bot = random.pick(account.bots);
    const kind = random.pick(TASK_KINDS);
    const id = pickTaskId(account, random, bot, kind);
    if (person.tasks.some((task) => task.id === id)) return null;
    return { what: 'task given', task: account.assignTask(person, bot, kind, id) };
  });
  const hasTasks = (person: Person): boolean => person.tasks.length > 0;
  day.befall(day.share(rates.taskUnassigns), hasTasks, (person) => {
    const task = random.pick(person.tasks);
    account.unassignTask(person, task.bot, task.kind, task.id);
    return { what: 'task taken', task };
  });
}

function renameSome(
  day: Day,
  what: RenameEvent['what'],
  subjects: readonly (Bot | Role | Group)[],
  count: number,
): void {
  const { account, random } = day;
  for (const subject of random.pickSome(subjects, count)) {
    const { id, name: from } = subject;
    // The night's number keeps it apart from every name given before.
    const to = `${from.replace(/ \([^()]*\)$/, '')} (${random.pick(['Core', 'EMEA', 'Global', 'New'])} ${account.night})`;
    account.rename(subject, to);
    day.note({ what, id, from, to });
  }
}

function moveLogins(day: Day, share: number): void {
  if (share <= 0) return;
  const { account, random } = day;
  let people = 0;
  for (const person of account.people) {
    if (person.status !== 'active' || !random.chance(share)) continue;
    account.setLastLogin(person, account.tonight - 1 - random.below(DAY_MS));
    people += 1;
  }
  day.note({ what: 'logins moved', people });
}

function isAnybody(): boolean {
  return true;
}

function isRostered(person: Person): boolean {
  return person.rosterEntry !== null;
}

function holdsDirectly(scope: RoleScope): (person: Person) => boolean {
  return (person) => person.grants.some((grant) => grant.role.scope === scope);
}

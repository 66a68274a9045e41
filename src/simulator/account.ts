import { Catalogue } from './catalogue.ts';
import type { Edition } from './editions.ts';
import { toEpochMs, toEpochMsOrNull } from './instant.ts';
import { isSameTask } from './model.ts';
import type { Bot, Grant, Group, Person, Role, RoleScope, Task, TaskKind } from './model.ts';
import { People, type MutablePerson, type NewPerson, type PersonRef } from './people.ts';
import { Random } from './random.ts';

export interface AccountOptions {
  /** Everything generated follows from it: ids, people, churn, the order of answers. */
  readonly seed?: string | number;
  readonly edition?: Edition;
  /**
   * How a role held directly and through groups is told, which the documents leave open: as one item
   * with the groups' names (false), or as two items, one of them with an empty list (true).
   */
  readonly repeatsRoles?: boolean;
  /** The first night, ISO 8601. */
  readonly firstNight?: string;
}

const DAY_MS = 86_400_000;
const NOTHING: readonly never[] = [];

/**
 * The state of a Kore.ai account and every way it can change. Roles, bots and groups may be given by
 * name and come into being when first named. A change that changes nothing (a role granted twice, a group left
 * by a stranger to it) throws: in a scenario it is a mistake.
 */
export class Account {
  readonly seed: string | number;
  readonly id: string;
  /** May be changed between nights: platforms are upgraded. */
  edition: Edition;
  repeatsRoles: boolean;
  /** Counts from 1; `advanceNight` moves it. */
  night = 1;

  readonly #random: Random;
  readonly #catalogue: Catalogue;
  readonly #people = new People();
  readonly #departed: Person[] = [];
  readonly #strangers = new Set<string>();
  readonly #firstNight: number;
  #revision = 0;

  constructor(options: AccountOptions = {}) {
    this.seed = options.seed ?? 'kore';
    this.edition = options.edition ?? 'current';
    this.repeatsRoles = options.repeatsRoles ?? false;
    this.#firstNight = toEpochMs(options.firstNight ?? '2026-01-05T02:00:00.000Z');
    this.#random = new Random(this.seed, 'ids');
    this.id = this.#random.objectId();
    this.#catalogue = new Catalogue(this.#random);
  }

  /** Grows with every change of what the account says. */
  get revision(): number {
    return this.#revision + this.#catalogue.revision;
  }

  /** Grows with every change of a bot, role or group. */
  get catalogueRevision(): number {
    return this.#catalogue.revision;
  }

  /** Milliseconds since 1970. */
  get tonight(): number {
    return this.#firstNight + (this.night - 1) * DAY_MS;
  }

  get people(): readonly Person[] {
    return this.#people.list;
  }

  get bots(): readonly Bot[] {
    return this.#catalogue.bots;
  }

  get roles(): readonly Role[] {
    return this.#catalogue.roles;
  }

  get groups(): readonly Group[] {
    return this.#catalogue.groups;
  }

  /** Everybody removed and not restored, oldest first. */
  get departed(): readonly Person[] {
    return this.#departed;
  }

  /** Lines of the roster that lead to nobody. */
  get strangers(): ReadonlySet<string> {
    return this.#strangers;
  }

  findByEmail(email: string): Person | undefined {
    return this.#people.findByEmail(email);
  }

  findByOrgUserId(orgUserId: string): Person | undefined {
    return this.#people.findByOrgUserId(orgUserId);
  }

  person(ref: PersonRef): Person {
    return this.#people.require(ref);
  }

  addBot(name: string, id?: string): Bot {
    return this.#catalogue.addBot(name, id);
  }

  addRole(scope: RoleScope, name: string, id?: string): Role {
    return this.#catalogue.addRole(scope, name, id);
  }

  addGroup(name: string, id?: string): Group {
    return this.#catalogue.addGroup(name, id);
  }

  /** The role on the bot, or the admin role where no bot is given, for `addPerson` and comparisons. */
  grantOf(role: Role | string, bot?: Bot | string): Grant {
    return this.#catalogue.grant(role, bot);
  }

  addPerson(details: NewPerson): Person {
    this.#revision += 1;
    return this.#people.add(
      {
        userId: details.userId ?? `u-${this.#random.uuid()}`,
        orgUserId: details.orgUserId ?? null,
        email: details.email,
        firstName: details.firstName ?? '',
        lastName: details.lastName ?? '',
        status: details.status ?? 'active',
        isDeveloper: details.isDeveloper ?? true,
        canCreateBot: details.canCreateBot ?? false,
        lastLogin: toEpochMsOrNull(details.lastLogin ?? null),
        rosterEntry: details.rosterEntry === undefined ? details.email : details.rosterEntry,
        grants: details.grants ?? NOTHING,
        groups: details.groups ?? NOTHING,
        tasks: NOTHING,
      },
      details.userId !== undefined,
    );
  }

  /** The platform no longer knows the person; the roster may go on naming them, as rosters do. */
  remove(ref: PersonRef, { staysOnRoster = true } = {}): Person {
    const person = this.#change(ref);
    this.#people.remove(person);
    this.#departed.push(person);
    if (staysOnRoster && person.rosterEntry !== null) this.#strangers.add(person.rosterEntry);
    return person;
  }

  /** Brings somebody back under the same user id, with everything they held. */
  restore(departed: Person): Person {
    const at = this.#departed.indexOf(departed);
    if (at === -1) throw new ReferenceError(`'${departed.email}' has not left the tenant`);
    const person = this.#people.add(departed, true);
    this.#departed.splice(at, 1);
    if (person.rosterEntry !== null) this.#strangers.delete(person.rosterEntry);
    this.#revision += 1;
    return person;
  }

  /** The roster follows the person to the new address, unless told otherwise: then it keeps the old one. */
  changeEmail(ref: PersonRef, email: string, { rosterFollows = true } = {}): void {
    const person = this.#change(ref);
    const entry = person.rosterEntry;
    this.#people.changeEmail(person, email);
    if (entry !== null && rosterFollows) person.rosterEntry = email;
    if (entry !== null && !rosterFollows) {
      person.rosterEntry = null;
      this.#strangers.add(entry);
    }
  }

  setName(ref: PersonRef, firstName: string, lastName: string): void {
    Object.assign(this.#change(ref), { firstName, lastName });
  }

  setStatus(ref: PersonRef, status: string): void {
    this.#change(ref).status = status;
  }

  setRights(
    ref: PersonRef,
    rights: { readonly isDeveloper?: boolean; readonly canCreateBot?: boolean },
  ): void {
    Object.assign(this.#change(ref), rights);
  }

  setLastLogin(ref: PersonRef, lastLogin: string | number | null): void {
    this.#change(ref).lastLogin = toEpochMsOrNull(lastLogin);
  }

  /** Null takes the person off the roster. */
  setRosterEntry(ref: PersonRef, entry: string | null): void {
    this.#change(ref).rosterEntry = entry;
  }

  /** Puts a line on the roster that names nobody. */
  addStranger(entry: string): void {
    this.#strangers.add(entry);
    this.#revision += 1;
  }

  /** Gives a role directly: on a bot, or on the account where no bot is named. */
  grant(ref: PersonRef, role: Role | string, bot?: Bot | string): Grant {
    const person = this.#change(ref);
    const grant = this.#catalogue.grant(role, bot);
    person.grants = withOne(person.grants, grant, 'held directly');
    return grant;
  }

  /** Takes a directly held role; one that also comes through a group is still held. */
  revoke(ref: PersonRef, role: Role | string, bot?: Bot | string): Grant {
    const person = this.#change(ref);
    const grant = this.#catalogue.grant(role, bot);
    person.grants = withoutOne(person.grants, grant, 'held directly');
    return grant;
  }

  /** Lets every member of the group hold the role through it. */
  grantToGroup(group: Group | string, role: Role | string, bot?: Bot | string): Grant {
    const grant = this.#catalogue.grant(role, bot);
    this.#catalogue.carry(this.#catalogue.group(group), grant);
    return grant;
  }

  revokeFromGroup(group: Group | string, role: Role | string, bot?: Bot | string): Grant {
    const grant = this.#catalogue.grant(role, bot);
    this.#catalogue.drop(this.#catalogue.group(group), grant);
    return grant;
  }

  joinGroup(ref: PersonRef, group: Group | string): Group {
    const person = this.#change(ref);
    const joined = this.#catalogue.group(group);
    person.groups = withOne(person.groups, joined, 'joined');
    return joined;
  }

  leaveGroup(ref: PersonRef, group: Group | string): Group {
    const person = this.#change(ref);
    const left = this.#catalogue.group(group);
    person.groups = withoutOne(person.groups, left, 'joined');
    return left;
  }

  assignTask(ref: PersonRef, bot: Bot | string, kind: TaskKind, taskId: string): Task {
    const person = this.#change(ref);
    const task = { bot: this.#catalogue.bot(bot), kind, id: taskId };
    if (person.tasks.some((held) => isSameTask(held, task))) throw new Error('the task is assigned already');
    person.tasks = [...person.tasks, task];
    return task;
  }

  unassignTask(ref: PersonRef, bot: Bot | string, kind: TaskKind, taskId: string): void {
    const person = this.#change(ref);
    const task = { bot: this.#catalogue.bot(bot), kind, id: taskId };
    const kept = person.tasks.filter((held) => !isSameTask(held, task));
    if (kept.length === person.tasks.length) throw new Error('the task is not assigned');
    person.tasks = kept;
  }

  rename(subject: Bot | Role | Group, name: string): void {
    this.#catalogue.rename(subject, name);
  }

  #change(ref: PersonRef): MutablePerson {
    this.#revision += 1;
    return this.#people.require(ref);
  }
}

function withOne<T>(items: readonly T[], item: T, state: string): readonly T[] {
  if (items.includes(item)) throw new Error(`it is ${state} already`);
  return [...items, item];
}

function withoutOne<T>(items: readonly T[], item: T, state: string): readonly T[] {
  if (!items.includes(item)) throw new Error(`it is not ${state}`);
  return items.filter((held) => held !== item);
}

import type { Grant, Group, Person, Task } from './model.ts';

export interface MutablePerson extends Person {
  index: number;
  email: string;
  firstName: string;
  lastName: string;
  status: string;
  isDeveloper: boolean;
  canCreateBot: boolean;
  lastLogin: number | null;
  rosterEntry: string | null;
  grants: readonly Grant[];
  groups: readonly Group[];
  tasks: readonly Task[];
}

export interface NewPerson {
  readonly email: string;
  readonly userId?: string;
  readonly orgUserId?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly status?: string;
  readonly isDeveloper?: boolean;
  readonly canCreateBot?: boolean;
  /** ISO 8601 or milliseconds since 1970; null for never. */
  readonly lastLogin?: string | number | null;
  /** Defaults to the address as spelled; null leaves the person out of the roster. */
  readonly rosterEntry?: string | null;
  readonly grants?: readonly Grant[];
  readonly groups?: readonly Group[];
}

/** A person by object, email address or user id. */
export type PersonRef = Person | string;

/** Everybody the tenant knows, found by place, email address (letter case aside), user id and org user id. */
export class People {
  readonly #list: MutablePerson[] = [];
  readonly #byEmail = new Map<string, MutablePerson>();
  readonly #byUserId = new LazyIndex(this.#list, (person) => person.userId);
  readonly #byOrgUserId = new LazyIndex(this.#list, (person) => person.orgUserId ?? deriveOrgUserId(person));

  get list(): readonly Person[] {
    return this.#list;
  }

  add(person: Omit<MutablePerson, 'index'>, checkUserId: boolean): MutablePerson {
    const key = person.email.toLowerCase();
    if (this.#byEmail.has(key)) throw new Error(`the address '${person.email}' is taken`);
    if (checkUserId && this.#byUserId.find(person.userId) !== undefined) {
      throw new Error(`the user id '${person.userId}' is taken`);
    }
    const added = makePerson(person, this.#list.length);
    this.#list.push(added);
    this.#byEmail.set(key, added);
    this.#byUserId.add(added);
    this.#byOrgUserId.add(added);
    return added;
  }

  /** The last person of the list takes the free place: a million people shift nobody. */
  remove(person: MutablePerson): void {
    const last = this.#list.pop();
    if (last !== undefined && last !== person) {
      last.index = person.index;
      this.#list[person.index] = last;
    }
    this.#byEmail.delete(person.email.toLowerCase());
    this.#byUserId.remove(person);
    this.#byOrgUserId.remove(person);
  }

  changeEmail(person: MutablePerson, email: string): void {
    const key = email.toLowerCase();
    const holder = this.#byEmail.get(key);
    if (holder !== undefined && holder !== person) throw new Error(`the address '${email}' is taken`);
    this.#byEmail.delete(person.email.toLowerCase());
    person.email = email;
    this.#byEmail.set(key, person);
  }

  findByEmail(email: string): MutablePerson | undefined {
    return this.#byEmail.get(email.toLowerCase());
  }

  findByOrgUserId(orgUserId: string): MutablePerson | undefined {
    return this.#byOrgUserId.find(orgUserId);
  }

  /** Throws where nobody is meant: a scenario that names a stranger is a mistake in the scenario. */
  require(ref: PersonRef): MutablePerson {
    const person =
      typeof ref === 'string' ? (this.findByEmail(ref) ?? this.#byUserId.find(ref)) : this.#list[ref.index];
    if (person === undefined || (typeof ref !== 'string' && person !== ref)) {
      throw new ReferenceError(`the tenant has no person '${typeof ref === 'string' ? ref : ref.email}'`);
    }
    return person;
  }
}

/** The id the organisation gave, where none was set: derived, so that a million people need not store one. */
export function deriveOrgUserId(person: Person): string {
  return `emp-${person.userId.replace(/^u-/, '')}`;
}

/** An index that costs nothing until somebody looks something up in it. */
class LazyIndex {
  readonly #list: readonly MutablePerson[];
  readonly #keyOf: (person: MutablePerson) => string;
  #map: Map<string, MutablePerson> | undefined;

  constructor(list: readonly MutablePerson[], keyOf: (person: MutablePerson) => string) {
    this.#list = list;
    this.#keyOf = keyOf;
  }

  find(key: string): MutablePerson | undefined {
    this.#map ??= new Map(this.#list.map((person) => [this.#keyOf(person), person]));
    return this.#map.get(key);
  }

  add(person: MutablePerson): void {
    this.#map?.set(this.#keyOf(person), person);
  }

  remove(person: MutablePerson): void {
    this.#map?.delete(this.#keyOf(person));
  }
}

// Every person is made by this one literal: V8 then keeps all of them in one compact layout.
function makePerson(person: Omit<MutablePerson, 'index'>, index: number): MutablePerson {
  return {
    index,
    userId: person.userId,
    orgUserId: person.orgUserId,
    email: person.email,
    firstName: person.firstName,
    lastName: person.lastName,
    status: person.status,
    isDeveloper: person.isDeveloper,
    canCreateBot: person.canCreateBot,
    lastLogin: person.lastLogin,
    rosterEntry: person.rosterEntry,
    grants: person.grants,
    groups: person.groups,
    tasks: person.tasks,
  };
}

import type { Bot, Grant, Group, Role, RoleScope } from './model.ts';
import type { Random } from './random.ts';

interface MutableBot extends Bot {
  name: string;
}
interface MutableRole extends Role {
  name: string;
}
interface MutableGroup extends Group {
  name: string;
  grants: readonly Grant[];
}

/** The bots, roles and groups of a tenant. Ids are never reused; names may be shared. */
export class Catalogue {
  readonly #random: Random;
  readonly #bots = new Map<string, MutableBot>();
  readonly #roles = new Map<string, MutableRole>();
  readonly #groups = new Map<string, MutableGroup>();
  readonly #grants = new Map<string, Grant>();
  #revision = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Grows with every change, so that whoever keeps text made of names knows when it is stale. */
  get revision(): number {
    return this.#revision;
  }

  get bots(): readonly Bot[] {
    return [...this.#bots.values()];
  }

  get roles(): readonly Role[] {
    return [...this.#roles.values()];
  }

  get groups(): readonly Group[] {
    return [...this.#groups.values()];
  }

  addBot(name: string, id = `st-${this.#random.uuid()}`): Bot {
    return addOnce(this.#bots, { id, name });
  }

  addRole(scope: RoleScope, name: string, id = this.#random.objectId()): Role {
    return addOnce(this.#roles, { id, scope, name });
  }

  addGroup(name: string, id = `e-${this.#random.uuid()}`): Group {
    return addOnce(this.#groups, { id, name, grants: [] });
  }

  /** The bot of that name, made where there is none. */
  bot(named: Bot | string): Bot {
    if (typeof named !== 'string') return named;
    return findNamed(this.#bots.values(), named) ?? this.addBot(named);
  }

  /** The group of that name, made where there is none. */
  group(named: Group | string): Group {
    if (typeof named !== 'string') return named;
    return findNamed(this.#groups.values(), named) ?? this.addGroup(named);
  }

  /** The role on the bot, or the admin role where no bot is given; what is named and missing is made. */
  grant(role: Role | string, bot?: Bot | string): Grant {
    const onBot = bot === undefined ? null : this.bot(bot);
    const held = typeof role === 'string' ? this.#role(onBot === null ? 'admin' : 'bot', role) : role;
    if ((held.scope === 'bot') !== (onBot !== null)) {
      throw new TypeError(`role '${held.name}' is a ${held.scope} role: name a bot for bot roles only`);
    }
    const key = `${held.id} ${onBot?.id ?? ''}`;
    let grant = this.#grants.get(key);
    if (grant === undefined) {
      grant = { role: held, bot: onBot };
      this.#grants.set(key, grant);
    }
    return grant;
  }

  rename(subject: Bot | Role | Group, name: string): void {
    const owned = this.#bots.get(subject.id) ?? this.#roles.get(subject.id) ?? this.#groups.get(subject.id);
    if (owned !== subject) throw new ReferenceError(`'${subject.name}' is not of this tenant`);
    owned.name = name;
    this.#revision += 1;
  }

  /** Lets every member of the group hold the grant through it. */
  carry(group: Group, grant: Grant): void {
    const owned = this.#ownGroup(group);
    if (owned.grants.includes(grant)) throw new Error(`group '${group.name}' carries that role already`);
    owned.grants = [...owned.grants, grant];
    this.#revision += 1;
  }

  /** The opposite of `carry`. */
  drop(group: Group, grant: Grant): void {
    const owned = this.#ownGroup(group);
    if (!owned.grants.includes(grant)) throw new Error(`group '${group.name}' does not carry that role`);
    owned.grants = owned.grants.filter((carried) => carried !== grant);
    this.#revision += 1;
  }

  #role(scope: RoleScope, name: string): Role {
    for (const role of this.#roles.values()) if (role.scope === scope && role.name === name) return role;
    return this.addRole(scope, name);
  }

  #ownGroup(group: Group): MutableGroup {
    const owned = this.#groups.get(group.id);
    if (owned === undefined) throw new ReferenceError(`group '${group.name}' is not of this tenant`);
    return owned;
  }
}

function addOnce<T extends { readonly id: string }>(items: Map<string, T>, item: T): T {
  if (items.has(item.id)) throw new Error(`the id '${item.id}' is taken`);
  items.set(item.id, item);
  return item;
}

function findNamed<T extends { readonly name: string }>(items: Iterable<T>, name: string): T | undefined {
  for (const item of items) if (item.name === name) return item;
  return undefined;
}

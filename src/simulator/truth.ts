import type { Account } from './account.ts';
import { EDITION_TRAITS, type EditionTraits } from './editions.ts';
import { type HeldGrant, listHeldGrants, type Person, type TaskKind } from './model.ts';
import { listRoster } from './roster.ts';

/** Rows are named and worded as the analysts' views are; texts are trimmed, addresses in lower case. */
export interface UserRow {
  user_id: string;
  email: string;
  first_name: string;
  last_name: string;
  status: string | null;
  can_create_bot: boolean;
  is_developer: boolean;
  /** ISO 8601 with milliseconds, in UTC. */
  last_login: string | null;
  in_roster: boolean;
}

export interface RoleGrantRow {
  user_id: string;
  email: string;
  scope: 'bot' | 'admin';
  role_id: string;
  role_name: string;
  bot_id: string | null;
  bot_name: string | null;
  direct: boolean | null;
  /** In the order of their UTF-16 code units. */
  via_groups: string[] | null;
}

export interface GroupMembershipRow {
  user_id: string;
  email: string;
  group_id: string;
  group_name: string;
}

export interface TaskAssignmentRow {
  user_id: string;
  email: string;
  bot_id: string;
  task_kind: TaskKind;
  task_id: string;
}

export interface TruthScope {
  /** Who is asked about because the roster names them; the account's own roster where it is left out. */
  readonly roster?: Iterable<string>;
  /** Addresses of people the directory holds from earlier nights: they are asked about as well. */
  readonly known?: Iterable<string>;
}

/**
 * What a directory must hold after one complete night, as far as the edition lets it be seen: null is what no
 * response said. Columns that depend on earlier nights or on the reader's clock are not here, and neither
 * is what an earlier edition may have shown. Rows come in no promised order.
 *
 * The rows are made while they are read; reading them after the account has changed throws.
 */
export interface Truth {
  /** Distinct addresses of the roster, letter case aside. */
  readonly entries: number;
  /** What became of all that is asked about, roster or not. */
  readonly answers: { readonly found: number; readonly absent: number };
  readonly users: Iterable<UserRow>;
  readonly roleGrants: Iterable<RoleGrantRow>;
  readonly groupMemberships: Iterable<GroupMembershipRow>;
  readonly taskAssignments: Iterable<TaskAssignmentRow>;
}

export function stateTruth(account: Account, scope: TruthScope = {}): Truth {
  const reach = new Reach(account);
  for (const entry of scope.roster ?? listRoster(account)) reach.ask(entry, Reached.ByRoster);
  const entries = reach.asked;
  for (const address of scope.known ?? []) reach.ask(address, Reached.ByKnown);

  const traits = EDITION_TRAITS[account.edition];
  const { repeatsRoles } = account;
  return {
    entries,
    answers: { found: reach.found, absent: reach.asked - reach.found },
    users: reach.list((person, isRostered) => [userRow(person, isRostered, traits)]),
    roleGrants: reach.list((person) =>
      listHeldGrants(person).map((held) => roleGrantRow(person, held, traits, repeatsRoles)),
    ),
    groupMemberships: reach.list(groupMembershipRows),
    taskAssignments: reach.list((person) => (traits.showsTasks ? taskAssignmentRows(person) : [])),
  };
}

const Reached = { Not: 0, ByKnown: 1, ByRoster: 2 } as const;

/** Who is reached by the addresses asked about. A byte per person: a million fit beside everything else. */
class Reach {
  readonly #account: Account;
  readonly #revision: number;
  readonly #edition: string;
  readonly #how: Uint8Array;
  readonly #absent = new Set<string>();
  #found = 0;

  constructor(account: Account) {
    this.#account = account;
    this.#revision = account.revision;
    this.#edition = account.edition;
    this.#how = new Uint8Array(account.people.length);
  }

  get found(): number {
    return this.#found;
  }

  get asked(): number {
    return this.#found + this.#absent.size;
  }

  ask(entry: string, how: number): void {
    const address = entry.trim().toLowerCase();
    const person = this.#account.findByEmail(address);
    if (person === undefined) {
      this.#absent.add(address);
      return;
    }
    const before = this.#how[person.index] ?? Reached.Not;
    if (before === Reached.Not) this.#found += 1;
    this.#how[person.index] = Math.max(before, how);
  }

  list<Row>(rowsOf: (person: Person, isRostered: boolean) => Iterable<Row>): Iterable<Row> {
    return { [Symbol.iterator]: () => this.#rows(rowsOf) };
  }

  *#rows<Row>(rowsOf: (person: Person, isRostered: boolean) => Iterable<Row>): Generator<Row> {
    for (const person of this.#account.people) {
      if (this.#account.revision !== this.#revision || this.#account.edition !== this.#edition) {
        throw new Error(
          'the tenant has changed since this truth was stated: read it first, or state it again',
        );
      }
      const how = this.#how[person.index] ?? Reached.Not;
      if (how !== Reached.Not) yield* rowsOf(person, how === Reached.ByRoster);
    }
  }
}

function userRow(person: Person, isRostered: boolean, traits: EditionTraits): UserRow {
  const sawLogin = traits.showsStatus && person.lastLogin !== null;
  return {
    user_id: person.userId,
    email: person.email.toLowerCase(),
    first_name: person.firstName.trim(),
    last_name: person.lastName.trim(),
    status: traits.showsStatus ? person.status.trim() : null,
    can_create_bot: person.canCreateBot,
    is_developer: person.isDeveloper,
    last_login: sawLogin ? new Date(person.lastLogin).toISOString() : null,
    in_roster: isRostered,
  };
}

function roleGrantRow(
  person: Person,
  { grant, direct, via }: HeldGrant,
  traits: EditionTraits,
  repeatsRoles: boolean,
): RoleGrantRow {
  // One item cannot say "directly and through these groups": its list of groups hides the direct grant.
  const saysDirect = direct && (via.length === 0 || repeatsRoles);
  return {
    user_id: person.userId,
    email: person.email.toLowerCase(),
    scope: grant.role.scope,
    role_id: grant.role.id,
    role_name: grant.role.name.trim(),
    bot_id: grant.bot?.id ?? null,
    bot_name: grant.bot?.name.trim() ?? null,
    direct: traits.showsSources ? saysDirect : null,
    via_groups: traits.showsSources ? via.map((group) => group.name.trim()).sort() : null,
  };
}

function groupMembershipRows(person: Person): GroupMembershipRow[] {
  return person.groups.map((group) => ({
    user_id: person.userId,
    email: person.email.toLowerCase(),
    group_id: group.id,
    group_name: group.name.trim(),
  }));
}

function taskAssignmentRows(person: Person): TaskAssignmentRow[] {
  return person.tasks.map((task) => ({
    user_id: person.userId,
    email: person.email.toLowerCase(),
    bot_id: task.bot.id,
    task_kind: task.kind,
    task_id: task.id,
  }));
}

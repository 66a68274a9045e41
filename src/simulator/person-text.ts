import type { Account } from './account.ts';
import { EDITION_TRAITS, type EditionTraits } from './editions.ts';
import { flatten } from './flat-text.ts';
import type { Grant, Group, HeldGrant, Person, Task, TaskKind } from './model.ts';
import { listHeldGrants } from './model.ts';
import { deriveOrgUserId } from './people.ts';

/** A role's item where it says nothing of groups, where it is held directly, and the two parts around `groups`. */
interface GrantText {
  readonly plain: string;
  readonly direct: string;
  readonly opening: string;
  readonly closing: string;
}

interface GroupText {
  readonly item: string;
  readonly name: string;
}

/**
 * Writes people as JSON text, in the fields and the order of the documents' samples.
 *
 * Text by hand, not `JSON.stringify` of objects: what repeats (roles on bots, groups) is written once and
 * kept, so that a call about 50 people costs little more than joining strings, whatever the number of people.
 */
export class PersonText {
  readonly #account: Account;
  readonly #grants = new Map<Grant, GrantText>();
  readonly #groups = new Map<Group, GroupText>();
  #revision = -1;

  constructor(account: Account) {
    this.#account = account;
  }

  /** An item of a `usersInfo` response in the account's edition. */
  writeUserInfo(person: Person): string {
    this.#forgetStaleNames();
    const traits = EDITION_TRAITS[this.#account.edition];
    return (
      `{"canCreateBot":${person.canCreateBot},"isDeveloper":${person.isDeveloper},` +
      `"userInfo":${writeIdentity(person, traits)},` +
      `"roles":{${this.#writeRoles(person, traits.showsSources)}},` +
      (traits.showsTasks ? `"assignBotTasks":${writeTasks(person.tasks)},` : '') +
      `"groups":[${this.#writeGroups(person.groups)}]}`
    );
  }

  /** An item of an `alluserroles` response; every page of that API shows role-level `groups`. */
  writeUserRoles(person: Person): string {
    this.#forgetStaleNames();
    return (
      `{"username":${quote(person.email)},"orgUserId":${quote(person.orgUserId ?? deriveOrgUserId(person))},` +
      `"accountId":${quote(this.#account.id)},"isDeveloper":${person.isDeveloper},` +
      `"canCreateBot":${person.canCreateBot},"userId":${quote(person.userId)},` +
      `${this.#writeRoles(person, true)}}`
    );
  }

  #writeRoles(person: Person, showsSources: boolean): string {
    let botRoles = '';
    let adminRoles = '';
    for (const held of listHeldGrants(person)) {
      const text = this.#writeHeldGrant(held, showsSources);
      if (held.grant.bot === null) adminRoles += adminRoles === '' ? text : `,${text}`;
      else botRoles += botRoles === '' ? text : `,${text}`;
    }
    return `"btRoles":[${botRoles}],"adminRoles":[${adminRoles}]`;
  }

  #writeHeldGrant({ grant, direct, via }: HeldGrant, showsSources: boolean): string {
    const text = this.#grantText(grant);
    if (!showsSources) return text.plain;
    if (via.length === 0) return text.direct;
    let names = '';
    for (const group of via) names += (names === '' ? '' : ',') + this.#groupText(group).name;
    const inherited = `${text.opening},"groups":[${names}]${text.closing}`;
    return direct && this.#account.repeatsRoles ? `${text.direct},${inherited}` : inherited;
  }

  #writeGroups(groups: readonly Group[]): string {
    let items = '';
    for (const group of groups) items += (items === '' ? '' : ',') + this.#groupText(group).item;
    return items;
  }

  #grantText(grant: Grant): GrantText {
    let text = this.#grants.get(grant);
    if (text === undefined) {
      const { role, bot } = grant;
      const opening = `{"roleId":${quote(role.id)},"roleName":${quote(role.name)}`;
      const closing = bot === null ? '}' : `,"botId":${quote(bot.id)},"botName":${quote(bot.name)}}`;
      text = {
        plain: flatten(opening + closing),
        direct: flatten(`${opening},"groups":[]${closing}`),
        opening: flatten(opening),
        closing: flatten(closing),
      };
      this.#grants.set(grant, text);
    }
    return text;
  }

  #groupText(group: Group): GroupText {
    let text = this.#groups.get(group);
    if (text === undefined) {
      const name = quote(group.name);
      text = { item: flatten(`{"groupId":${quote(group.id)},"groupName":${name}}`), name };
      this.#groups.set(group, text);
    }
    return text;
  }

  #forgetStaleNames(): void {
    if (this.#revision === this.#account.catalogueRevision) return;
    this.#grants.clear();
    this.#groups.clear();
    this.#revision = this.#account.catalogueRevision;
  }
}

function writeIdentity(person: Person, { showsStatus }: EditionTraits): string {
  const { email, userId, firstName, lastName, status } = person;
  const names =
    `{"emailId":${quote(email)},"userId":${quote(userId)},` +
    `"firstName":${quote(firstName)},"lastName":${quote(lastName)}`;
  if (!showsStatus) return `${names}}`;
  const lastLogin = person.lastLogin === null ? 'null' : `"${new Date(person.lastLogin).toISOString()}"`;
  return `${names},"status":${quote(status)},"lastLogin":${lastLogin}}`;
}

const TASK_FIELDS: readonly (readonly [field: string, kind: TaskKind])[] = [
  ['dialogs', 'dialog'],
  ['actions', 'action'],
  ['alerts', 'alert'],
  ['knowledgeTask', 'knowledge'],
];

function writeTasks(tasks: readonly Task[]): string {
  if (tasks.length === 0) return '[]';
  const bots = [...new Set(tasks.map((task) => task.bot))];
  const items = bots.map((bot) => {
    const ofBot = tasks.filter((task) => task.bot === bot);
    const lists = TASK_FIELDS.map(([field, kind]) => {
      const ids = ofBot.filter((task) => task.kind === kind).map((task) => task.id);
      return `${quote(field)}:${JSON.stringify(ids)}`;
    });
    return `{"botId":${quote(bot.id)},${lists.join(',')}}`;
  });
  return `[${items.join(',')}]`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

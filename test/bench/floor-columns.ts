import type { Dictionaries } from './floor-dictionaries.ts';
import type { ReplyItem } from './reply.ts';

/** Rows by column, as `unnest` takes them. */
export class Columns {
  readonly values: readonly unknown[][];

  constructor(count: number) {
    this.values = Array.from({ length: count }, () => []);
  }

  get rows(): number {
    return this.values[0]?.length ?? 0;
  }

  add(...row: readonly unknown[]): void {
    for (const [index, column] of this.values.entries()) column.push(row[index]);
  }
}

/** What some people hold. */
export class Access {
  /** `id, person_id, role_ref, bot_ref` */
  readonly grants = new Columns(4);
  /** `grant_id, group_ref` */
  readonly sources = new Columns(2);
  /** `person_id, group_ref` */
  readonly memberships = new Columns(2);

  add(known: Dictionaries, person: number, { roles, groups }: ReplyItem): void {
    for (const { groupId, groupName } of groups) {
      const group = known.groups.idOf(groupId, groupName);
      known.groupsByName.set(groupName, group);
      this.memberships.add(person, group);
    }
    for (const { roleId, roleName, botId, botName, groups: via } of roles.btRoles) {
      known.grants += 1;
      const role = known.roles.idOf(roleId, roleName);
      this.grants.add(known.grants, person, role, known.bots.idOf(botId, botName));
      if (via.length === 0) this.sources.add(known.grants, null);
      for (const name of via) this.sources.add(known.grants, known.groupsByName.get(name));
    }
  }
}

/** `email, first_name, last_name, status, can_create_bot, is_developer` */
export function shownOf({ userInfo, canCreateBot, isDeveloper }: ReplyItem): readonly unknown[] {
  const { emailId, firstName, lastName, status } = userInfo;
  return [emailId.toLowerCase(), firstName.trim(), lastName.trim(), status, canCreateBot, isDeveloper];
}

/** An item about somebody, as the simulated tenant writes it in edition xo. Only contenders that check nothing read it. */
export interface ReplyItem {
  readonly canCreateBot: boolean;
  readonly isDeveloper: boolean;
  readonly userInfo: {
    readonly emailId: string;
    readonly userId: string;
    readonly firstName: string;
    readonly lastName: string;
    readonly status: string;
    readonly lastLogin: string | null;
  };
  readonly roles: {
    readonly btRoles: readonly BotRoleItem[];
    readonly adminRoles: readonly [];
  };
  readonly groups: readonly { readonly groupId: string; readonly groupName: string }[];
}

interface BotRoleItem {
  readonly roleId: string;
  readonly roleName: string;
  readonly botId: string;
  readonly botName: string;
  /** Names of the groups it comes through; none where it is held directly. */
  readonly groups: readonly string[];
}

export const USERS_INFO_PATH = '/api/public/usersInfo';

/** Whom a reply tells of; those who were asked about and are not among them do not exist. */
export function parseItems(body: string): readonly ReplyItem[] {
  const items = JSON.parse(body) as readonly ReplyItem[]; // as: the tenant is ours, and whoever checks is slower
  return items.filter(({ userInfo }) => userInfo.status !== 'failure');
}

export function readEntries(roster: string): string[] {
  return roster.trim().toLowerCase().split('\n');
}

export function cutBatches(entries: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(entries.length / size) }, (_none, index) =>
    entries.slice(index * size, (index + 1) * size),
  );
}

/** An item of a reply as the simulated tenant writes it, of edition xo. Only the contenders that check nothing read it. */
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

export function parseItems(body: string): readonly ReplyItem[] {
  return JSON.parse(body) as ReplyItem[]; // as: the tenant is ours, and whoever checks is slower
}

export function cutBatches(roster: string, size: number): string[][] {
  const entries = roster.trim().split('\n');
  return Array.from({ length: Math.ceil(entries.length / size) }, (_none, index) =>
    entries.slice(index * size, (index + 1) * size),
  );
}

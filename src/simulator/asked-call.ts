import { createHash } from 'node:crypto';
import type { Account } from './account.ts';
import { findPage } from './all-user-roles.ts';
import type { Call, Operation } from './call.ts';
import { EDITION_TRAITS } from './editions.ts';
import type { Asked } from './fault.ts';
import { parseUsersInfoRequest, type UsersInfoRequest } from './users-info.ts';

/** A call as faults see it: what it is about, whatever the order of its entries and their letter case. */
export class AskedCall implements Asked {
  readonly operation: Operation;
  readonly entries: readonly string[];
  readonly query: URLSearchParams;
  readonly night: number;
  readonly token: string;
  readonly #account: Account;
  readonly #kind: UsersInfoRequest['kind'];
  #key: string | undefined;

  constructor(call: Call, operation: Operation, account: Account) {
    this.operation = operation;
    this.query = call.query;
    this.night = account.night;
    this.token = call.token ?? '';
    this.#account = account;
    if (operation === 'usersInfo') {
      const request = parseUsersInfoRequest(call.body, EDITION_TRAITS[account.edition]);
      this.entries = request?.entries ?? [];
      this.#kind = request?.kind ?? 'emailIds';
    } else {
      this.entries = findPage(account, call.query)?.people.map(({ email }) => email) ?? [];
      this.#kind = 'emailIds';
    }
  }

  /** The same for all calls about the same in one night. */
  get key(): string {
    this.#key ??= this.#digest();
    return this.#key;
  }

  /** Where an item about the entry names it: in lower case; undefined for an org user id that leads to nobody. */
  addressOf(entry: string): string | undefined {
    const address = this.#kind === 'emailIds' ? entry : this.#account.findByOrgUserId(entry)?.email;
    return address?.toLowerCase();
  }

  /** A listing is known by the page asked for: whoever joins or leaves moves everybody to other pages. */
  #digest(): string {
    const about =
      this.operation === 'usersInfo'
        ? [...new Set(this.entries.map((entry) => entry.toLowerCase()))]
        : [...this.query].map(([name, value]) => `${name}=${value}`);
    const text = JSON.stringify([this.night, this.operation, ...about.sort()]);
    return createHash('sha256').update(text).digest('base64');
  }
}

import type { Grant, Group, Task } from './model.ts';

export interface WrittenName {
  readonly firstName: string;
  readonly lastName: string;
}

/** What befell one person. Its words are not the product's: a log that shared them could not contradict it. */
export type Happening =
  | { readonly what: 'joined' | 'returned' | 'left' | 'roster entry dropped' }
  | { readonly what: 'status set' | 'address set'; readonly from: string; readonly to: string }
  | { readonly what: 'name set'; readonly from: WrittenName; readonly to: WrittenName }
  | { readonly what: 'rights set'; readonly isDeveloper: boolean; readonly canCreateBot: boolean }
  | { readonly what: 'role given' | 'role taken'; readonly grant: Grant }
  | { readonly what: 'group entered' | 'group exited'; readonly group: Group }
  | { readonly what: 'task given' | 'task taken'; readonly task: Task };

/** The address is the one before the event. Roles that come and go with a group have no event of their own. */
export type PersonEvent = Happening & { readonly userId: string; readonly email: string };

export interface RenameEvent {
  readonly what: 'group renamed' | 'role renamed' | 'bot renamed';
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

export interface LoginsEvent {
  readonly what: 'logins moved';
  readonly people: number;
}

export type NightEvent = PersonEvent | RenameEvent | LoginsEvent;

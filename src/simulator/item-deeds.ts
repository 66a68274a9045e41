import type { Operation } from './call.ts';
import { changeField, type Fields, readField } from './json-field.ts';

/** What can be false of the items in a reply. Fields are named by path, such as `userInfo.status` or `roles.btRoles.botId`. */
export type ItemDeed = ListDeed | SingleDeed;

type SingleDeed =
  | 'omit'
  /** The same item twice. */
  | 'duplicate'
  /** The address in the other letter case. */
  | 'swap_case'
  /** A second item that differs in these fields. */
  | { readonly duplicate: Fields }
  /** Fields left out. */
  | { readonly drop: string | readonly string[] }
  /** Fields with another value: null, another type, a field nobody knows. */
  | { readonly set: Fields }
  /** A failure for this `reason` in place of the item, or beside it. `usersInfo` alone has such failures. */
  | { readonly fail: unknown; readonly beside?: boolean };

type ListDeed =
  | 'reorder'
  /** An item like the first one, about somebody nobody asked for. */
  | 'add_stranger'
  | { readonly add: readonly unknown[] };

/** Where an item says whom it is about. */
const IDENTITY: Readonly<Record<Operation, { readonly address: string; readonly userId: string }>> = {
  usersInfo: { address: 'userInfo.emailId', userId: 'userInfo.userId' },
  allUserRoles: { address: 'username', userId: 'userId' },
};

/** In lower case; undefined where the item names nobody. */
export function readAddress(item: unknown, operation: Operation): string | undefined {
  const address = readField(item, IDENTITY[operation].address);
  return typeof address === 'string' ? address.toLowerCase() : undefined;
}

interface ChangedItems {
  readonly items: readonly unknown[];
  /** As they were before. */
  readonly touched: readonly unknown[];
}

/** Does the deed to the items that are `theirs`, or to the list for their sake. */
export function changeItems(
  deed: ItemDeed,
  items: readonly unknown[],
  operation: Operation,
  theirs: (item: unknown) => boolean,
): ChangedItems {
  if (deed === 'reorder') return { items: items.toReversed(), touched: items.filter(theirs) };
  if (deed === 'add_stranger') {
    return { items: [...items, ...makeStranger(items, operation)], touched: items.filter(theirs) };
  }
  if (typeof deed === 'object' && 'add' in deed) {
    return { items: [...items, ...deed.add], touched: items.filter(theirs) };
  }
  const touched: unknown[] = [];
  const changed = items.flatMap((item) => {
    if (!theirs(item)) return [item];
    const after = changeItem(deed, item, operation);
    if (JSON.stringify(after) !== JSON.stringify([item])) touched.push(item);
    return after;
  });
  return { items: changed, touched };
}

function changeItem(deed: SingleDeed, item: unknown, operation: Operation): readonly unknown[] {
  if (deed === 'omit') return [];
  if (deed === 'duplicate') return [item, item];
  if (deed === 'swap_case') return [changeField(item, IDENTITY[operation].address, swapCase)];
  if ('duplicate' in deed) return [item, setFields(item, deed.duplicate)];
  if ('set' in deed) return [setFields(item, deed.set)];
  if ('drop' in deed) return [dropFields(item, [deed.drop].flat())];
  if (operation !== 'usersInfo') return [item];
  const emailId = readField(item, IDENTITY[operation].address);
  const failure = { userInfo: { emailId, status: 'failure', reason: deed.fail } };
  return deed.beside === true ? [item, failure] : [failure];
}

/** Like somebody who was found, so that nothing but their identity gives the stranger away. */
function makeStranger(items: readonly unknown[], operation: Operation): readonly unknown[] {
  const { address, userId } = IDENTITY[operation];
  const found = items.find((item) => readField(item, userId) !== undefined);
  if (found === undefined) return [];
  return [setFields(found, { [address]: 'stranger@nowhere.example', [userId]: 'u-stranger' })];
}

function setFields(item: unknown, fields: Fields): unknown {
  return Object.entries(fields).reduce((changed, [path, to]) => changeField(changed, path, () => to), item);
}

function dropFields(item: unknown, paths: readonly string[]): unknown {
  return paths.reduce((changed, path) => changeField(changed, path, () => undefined), item);
}

function swapCase(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

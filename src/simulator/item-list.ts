import type { Operation, Reply } from './call.ts';
import { isFields } from './json-field.ts';

/** The items of a reply, and how other items are put in their place. */
export interface ItemList {
  readonly items: readonly unknown[];
  write(items: readonly unknown[]): string;
}

/** Null where the reply has no list of items. */
export function openItems({ status, body }: Reply, operation: Operation): ItemList | null {
  const parsed = status === 200 ? parseJson(body) : undefined;
  if (operation === 'usersInfo') {
    if (Array.isArray(parsed)) return { items: parsed, write: writeJson };
    return isFields(parsed) ? { items: [parsed], write: writeBare } : null;
  }
  if (!isFields(parsed)) return null;
  const users = parsed['users'];
  if (!Array.isArray(users)) return null;
  // The total stays as it was: a listing that omits somebody does not say so.
  return { items: users, write: (items) => writeJson({ ...parsed, users: items }) };
}

/** A failure that stood alone stays without its list for as long as it is alone. */
function writeBare(items: readonly unknown[]): string {
  return writeJson(items.length === 1 ? items[0] : items);
}

function writeJson(value: unknown): string {
  return JSON.stringify(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

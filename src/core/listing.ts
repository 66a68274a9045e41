/** One user as Kore.ai lists them. A text that is missing, blank or of a surprising type is left out. */
export interface ListedUser {
  /** Tells one user of the listing from another. */
  readonly key: string;
  readonly username?: string;
  readonly orgUserId?: string;
}

export interface ListingPage {
  /** How many users there are, by the server's own count. */
  readonly total: number;
  /** Undefined where the page does not say. */
  readonly availableMore: boolean | undefined;
  readonly users: readonly ListedUser[];
}

/** How far a listing has come. */
export interface ListingPlace {
  /** Users so far. */
  readonly listed: number;
  readonly total: number;
  /** Of the page before; null at the start. */
  readonly edges: { readonly firstKey: string; readonly lastKey: string } | null;
}

export type ListingStep =
  | {
      readonly kind: 'more' | 'complete';
      readonly users: readonly ListedUser[];
      readonly place: ListingPlace;
    }
  /** `seen` goes on from "the listing". Another one, from the start, may be whole. */
  | { readonly kind: 'incomplete'; readonly seen: string };

export const LISTING_START: ListingPlace = { listed: 0, total: 0, edges: null };

/** Each page is asked to begin with the last user of the one before: that is how a gap between them shows. */
export function nextOffset({ listed, edges }: ListingPlace): number {
  return edges === null ? listed : listed - 1;
}

/**
 * Puts the next page of a listing to those before it. `users` of the result are the new ones.
 *
 * While a listing is read, users join and leave, and whoever is behind them changes places: pages cut by offset
 * then skip people without a word. So a listing is `complete` only if every page begins with the last user of
 * the page before, the total never falls, and as many users were listed as the last page's total says and
 * no more are available. In a listing of any fixed order that leaves out nobody who was there all the time; a
 * total that grows is then somebody who joined behind the place that was reached. Where the order is not
 * fixed, somebody listed twice betrays it: that nobody is, is for the caller to check, who keeps the users.
 *
 * Whether more are available is not taken for the end while the total says otherwise: the next page tells.
 */
export function continueListing(before: ListingPlace, page: ListingPage): ListingStep {
  const { edges } = before;
  const { users, total } = page;
  if (total < before.total) return incomplete(`counts ${total} users, and counted ${before.total} before`);
  const [first] = users;
  if (edges !== null && first !== undefined && first.key !== edges.lastKey) {
    return incomplete(
      first.key === edges.firstKey
        ? `repeats a page instead of going on after ${before.listed} users`
        : `does not go on where it was after ${before.listed} users: somebody joined or left, or it has no fixed order`,
    );
  }
  const added = edges === null ? users : users.slice(1);
  const listed = before.listed + added.length;
  if (listed > total) return incomplete(`has ${listed} users and counts only ${total}`);
  const place = { listed, total, edges: edgesOf(users) };
  if (listed === total && page.availableMore !== true) return { kind: 'complete', users: added, place };
  if (added.length > 0) return { kind: 'more', users: added, place };
  return incomplete(
    listed === total
      ? `says that more are available after all ${total} users, and has no more`
      : `ends after ${listed} users and counts ${total}`,
  );
}

function incomplete(seen: string): ListingStep {
  return { kind: 'incomplete', seen };
}

function edgesOf(users: readonly ListedUser[]): ListingPlace['edges'] {
  const [first] = users;
  const last = users.at(-1);
  return first === undefined || last === undefined ? null : { firstKey: first.key, lastKey: last.key };
}

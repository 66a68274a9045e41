import type { Operation } from './call.ts';
import type { CannedReply, CannedReplyName } from './canned-replies.ts';
import type { ItemDeed } from './item-deeds.ts';
import type { TravelDeed } from './travel-deeds.ts';

/** One way in which calls go wrong, and the calls that it befalls. */
export interface Fault {
  /** For messages, and for the lot by which shares are drawn; made of the rest where left out. */
  readonly name?: string;
  /** Every call where left out. */
  readonly on?: FaultTarget;
  readonly does: OneOf<Deed>;
}

/**
 * The calls that a fault befalls: those for which everything said here holds. What is said is about the operation
 * and never about the order of calls, so that it befalls the same ones however many workers call.
 */
export interface FaultTarget {
  readonly operation?: Operation;
  /**
   * Calls about at least one of these, letter case aside. A call of `allUserRoles` is about the addresses on its page.
   * A deed that alters items alters theirs alone.
   */
  readonly entries?: readonly string[] | ((entry: string) => boolean);
  /** The same for a share of all entries (0.1 is a tenth), drawn by the tenant's seed. */
  readonly share?: number;
  /** A share of all calls, drawn by the tenant's seed and the set of entries of each. */
  readonly shareOfCalls?: number;
  /** Calls about more entries than this. */
  readonly moreThan?: number;
  /** Only in this night of the tenant. */
  readonly night?: number;
  readonly when?: (asked: Asked) => boolean;
  /**
   * Of the calls about one set of entries in one night only the first, or the first few. Attempts are counted by each
   * fault for itself, among the calls that reach it and for which all the rest holds.
   */
  readonly attempts?: 'first' | 'always' | number;
}

/** What a call is about. */
export interface Asked {
  readonly operation: Operation;
  /** As sent; of a listing, the addresses on the page asked for. None where the request cannot be understood. */
  readonly entries: readonly string[];
  readonly query: URLSearchParams;
  readonly night: number;
}

/**
 * What befalls a call: another reply in place of the true one (with `{token}` in its text standing for the token that
 * came with the call), a mishap of the true reply on its way, or false items in it.
 */
export type Deed = CannedReplyName | CannedReply | TravelDeed | ItemDeed;

/** One member of a union: TypeScript alone takes a mixture of several, and all but one would come to nothing. */
type OneOf<Union, Whole = Union> = Union extends object
  ? Union & { readonly [Key in Exclude<KeyOfAny<Whole>, keyof Union>]?: never }
  : Union;
type KeyOfAny<Union> = Union extends object ? keyof Union : never;

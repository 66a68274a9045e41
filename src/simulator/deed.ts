import type { AskedCall } from './asked-call.ts';
import type { Reply } from './call.ts';
import { type CannedReply, type CannedReplyName, isCannedReplyName, writeReply } from './canned-replies.ts';
import type { Deed } from './fault.ts';
import { changeItems, type ItemDeed, readAddress } from './item-deeds.ts';
import { openItems } from './item-list.ts';
import { changeTravel, isTravelMishap, type TravelDeed } from './travel-deeds.ts';

/** A call that a fault is about to befall. */
export interface Occasion {
  readonly asked: AskedCall;
  /** For whose sake it does. */
  readonly entries: readonly string[];
  /** Whether items about others are to be left alone. */
  readonly isSelective: boolean;
}

export interface Outcome {
  readonly reply: Reply;
  /** Whom it befell; null where nothing came of it. */
  readonly befell: readonly string[] | null;
}

export async function doDeed(
  deed: Deed,
  occasion: Occasion,
  proceed: () => Promise<Reply>,
): Promise<Outcome> {
  const { asked, entries } = occasion;
  if (isCannedReply(deed)) return { reply: fillIn(writeReply(deed), asked.token), befell: entries };
  const reply = await proceed();
  if (isTravelDeed(deed)) return { reply: changeTravel(deed, reply), befell: entries };
  return doItemDeed(deed, occasion, reply);
}

function doItemDeed(deed: ItemDeed, { asked, entries, isSelective }: Occasion, reply: Reply): Outcome {
  const list = openItems(reply, asked.operation);
  if (list === null) return { reply, befell: null };
  const addressOf = (item: unknown): string | undefined => readAddress(item, asked.operation);
  const addresses = new Set(entries.map((entry) => asked.addressOf(entry)));
  const isAboutThem = (item: unknown): boolean => {
    const address = addressOf(item);
    return address !== undefined && addresses.has(address);
  };
  const theirs = isSelective ? isAboutThem : () => true;
  const { items, touched } = changeItems(deed, list.items, asked.operation, theirs);
  const body = list.write(items);
  if (body === list.write(list.items)) return { reply, befell: null };
  const touchedAddresses = new Set(touched.map(addressOf));
  const befell = entries.filter((entry) => touchedAddresses.has(asked.addressOf(entry)));
  return { reply: fillIn({ ...reply, body }, asked.token), befell };
}

function isCannedReply(deed: Deed): deed is CannedReplyName | CannedReply {
  return typeof deed === 'string' ? isCannedReplyName(deed) : 'status' in deed;
}

function isTravelDeed(deed: Exclude<Deed, CannedReplyName | CannedReply>): deed is TravelDeed {
  return typeof deed === 'string' ? isTravelMishap(deed) : 'latencyMs' in deed || 'bytesPerSecond' in deed;
}

function fillIn(reply: Reply, token: string): Reply {
  return { ...reply, body: reply.body.replaceAll('{token}', token) };
}

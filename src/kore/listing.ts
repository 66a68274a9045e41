import { z } from 'zod';
import type { ListedUser, ListingPage } from '../core/listing.ts';
import { readReply, type Failed, type Reply } from './reply.ts';

export type ListingOutcome = { readonly ok: true; readonly page: ListingPage } | Failed;

/** RFC 5321 allows 254 for an address; no identifier comes near it. */
const MAX_TEXT_LENGTH = 320;

const text = z.string().trim().min(1).max(MAX_TEXT_LENGTH).optional().catch(undefined);

/** Of a user no more than says who it is: what they may do is asked of `usersInfo`, which says it better. */
const userSchema = z
  .object({ userId: text, orgUserId: text, username: text })
  .catch({ userId: undefined, orgUserId: undefined, username: undefined });

const count = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);

/** Without a total a listing that was cut off could not be told from a whole one, so such a page is none. */
const pageSchema = z.object({
  total: count,
  availableMore: z.boolean().optional().catch(undefined),
  users: z.array(z.unknown()),
});

/** Turns one reply to `alluserroles` into a page or into the failure of the call. Total. */
export function interpretListing(reply: Reply): ListingOutcome {
  const read = readReply(reply, parsePage);
  if (read.ok) return { ok: true, page: read.content };
  const { failure } = read;
  if (failure.kind !== 'unknown' || failure.message !== undefined) return read;
  return { ok: false, failure: { ...failure, message: 'no listing with total and users' } };
}

function parsePage(value: unknown): ListingPage | undefined {
  const page = pageSchema.safeParse(value);
  if (!page.success) return undefined;
  const { total, availableMore, users } = page.data;
  return { total, availableMore, users: users.map(parseUser) };
}

function parseUser(item: unknown): ListedUser {
  const { userId, orgUserId, username } = userSchema.parse(item);
  return {
    // Somebody without any name is told by all the rest; they cannot be asked about, but they count.
    key: userId ?? orgUserId ?? username ?? JSON.stringify(item).slice(0, MAX_TEXT_LENGTH),
    ...(username !== undefined && { username }),
    ...(orgUserId !== undefined && { orgUserId }),
  };
}

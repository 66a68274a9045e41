import { z } from 'zod';
import { NIGHTS } from './nights.ts';

const rollingLimitSchema = z.strictObject({ calls: z.number(), windowMs: z.number() });

/** What the parent may ask of the process that is the account, and what it answers. */
export const tenantOrderSchema = z.discriminatedUnion('order', [
  z.strictObject({
    order: z.literal('open'),
    people: z.number(),
    /** Written anew for each night: one address a line. */
    rosterFile: z.string(),
  }),
  /** Moves the account on to that night. */
  z.strictObject({ order: z.literal('move'), night: z.enum(NIGHTS) }),
  /** From now on every call takes so long, and no more of them are let through. */
  z.strictObject({
    order: z.literal('behave'),
    latencyMs: z.number(),
    limits: z.array(rollingLimitSchema),
  }),
  /** What it was called for since the account moved last. */
  z.strictObject({ order: z.literal('tell calls') }),
]);
export type TenantOrder = z.infer<typeof tenantOrderSchema>;

export const openedSchema = z.strictObject({
  account: z.strictObject({ host: z.string(), clientId: z.string(), clientSecret: z.string() }),
  /** The user id of one who stays. */
  somebody: z.string(),
});

/** How many rows the views of a directory must have, by the account itself. */
export const truthSchema = z.strictObject({
  users: z.number(),
  role_grants: z.number(),
  group_memberships: z.number(),
});
export type Truth = z.infer<typeof truthSchema>;

/** In milliseconds since 1970, in the order in which they happened. */
export const callsSchema = z.strictObject({
  arrivals: z.array(z.number()),
  /** When each answer had left. */
  answers: z.array(z.number()),
  refused: z.number(),
});
export type Calls = z.infer<typeof callsSchema>;

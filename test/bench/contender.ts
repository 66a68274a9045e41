import { z } from 'zod';
import { openedSchema } from './tenant-orders.ts';

/** The same for all, as the product has them by default. */
export const BATCH_SIZE = 50;
export const CONCURRENCY = 4;

/** What every contender is given. The account does not move while it is measured. */
export const assignmentSchema = z.strictObject({
  name: z.enum(['product', 'naive', 'floor']),
  account: openedSchema.shape.account,
  /** One address a line. */
  rosterFile: z.string(),
  /** Migrated, with what an earlier night of the same contender left there; who publishes no night finds an empty one. */
  databaseUrl: z.string(),
  /** Null: the queue lives in PostgreSQL. Only the product has one. */
  redisUrl: z.string().nullable(),
  batchSize: z.number().default(BATCH_SIZE),
  /** Only the product knows limits. */
  rateLimits: z.array(z.strictObject({ calls: z.number(), windowMs: z.number() })).default([]),
  /** Whether its process does the work of the night; else it only opens it and waits for the workers. */
  works: z.boolean().default(true),
});
export type Assignment = z.infer<typeof assignmentSchema>;

/** The parent's orders: first to get ready, then to go. */
export const contenderOrderSchema = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('open'), assignment: assignmentSchema }),
  z.strictObject({ order: z.literal('run') }),
]);
export type ContenderOrder = z.input<typeof contenderOrderSchema>;

/** What the process of a contender says of its night. Instants in milliseconds since 1970. */
export const nightRunSchema = z.strictObject({
  startedAt: z.number(),
  endedAt: z.number(),
  /** Of the contender's process: its largest resident set until the work was done. */
  peakRssBytes: z.number(),
  walBytes: z.number(),
  /** What the database says of the run; null for those who keep no runs. */
  run: z.strictObject({ plannedAt: z.number(), publishedAt: z.number(), changes: z.number() }).nullable(),
});
export type NightRun = z.infer<typeof nightRunSchema>;

/** One night's work by one of those who are compared, in a process of its own. */
export interface Contender {
  /** What is timed: from the roster to everything committed. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export type OpenContender = (assignment: Assignment) => Promise<Contender>;

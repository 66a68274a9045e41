import { z } from 'zod';

/** What every contender is given. The account does not move while it is measured. */
export const assignmentSchema = z.strictObject({
  name: z.enum(['product', 'naive', 'floor']),
  account: z.strictObject({ host: z.string(), clientId: z.string(), clientSecret: z.string() }),
  /** One address a line. */
  rosterFile: z.string(),
  /** Migrated; empty but for what an earlier night of the same contender left there. */
  databaseUrl: z.string(),
  /** Null: the queue lives in PostgreSQL. Only the product has one. */
  redisUrl: z.string().nullable(),
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const measurementSchema = z.strictObject({
  seconds: z.number(),
  /** Of the contender's process: its largest resident set until the work was done. */
  peakRssBytes: z.number(),
  walBytes: z.number(),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** One night's work by one of those who are compared, in a process of its own. */
export interface Contender {
  /** What is timed: from the roster to everything committed. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export type OpenContender = (assignment: Assignment) => Promise<Contender>;

/** The same for all, as the product has them by default. */
export const BATCH_SIZE = 50;
export const CONCURRENCY = 4;

import { z } from 'zod';

/** What a process is told to run. */
export const commandOrderSchema = z
  .object({ args: z.array(z.string()).readonly(), databaseUrl: z.string() })
  .readonly();
export type CommandOrder = z.infer<typeof commandOrderSchema>;

/** What that took; `bytes` were printed. */
export const commandRunSchema = z
  .object({ seconds: z.number(), bytes: z.number(), peakRssBytes: z.number() })
  .readonly();
export type CommandRun = z.infer<typeof commandRunSchema>;

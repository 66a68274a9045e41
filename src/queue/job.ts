import { z } from 'zod';

/** A lane is one queue with workers of its own: a slow alert never delays a run, nor a long plan a batch. */
export const LANES = ['runs', 'batches', 'alerts'] as const;
export type Lane = (typeof LANES)[number];

const counter = z.int().nonnegative();
/** Ids are bigint in PostgreSQL, hence strings here: JSON numbers lose them beyond 2^53. */
const rowId = z.string().regex(/^\d{1,19}$/, 'expected the id of a row, in decimal digits');
/** Letters, digits and `-_.` only: a run key becomes part of a job id, and BullMQ refuses `:` in those. */
const runKey = z.string().regex(/^[A-Za-z0-9._-]{1,120}$/, 'expected letters, digits and ._- only');

/**
 * Every job there is. Payloads are strict and carry ids alone: what a job is about is looked up in PostgreSQL
 * (I6), and neither a person's data nor a secret ever enters the queue (I8).
 */
const jobSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('nightly-sync'),
    payload: z.strictObject({ runKey, trigger: z.enum(['schedule', 'catch-up']), attempt: counter }),
  }),
  z.strictObject({
    name: z.literal('fetch-batch'),
    payload: z.strictObject({ runId: rowId, batch: counter, attempt: counter }),
  }),
  z.strictObject({
    name: z.literal('finish-run'),
    payload: z.strictObject({ runId: rowId, attempt: counter.exactOptional() }),
  }),
  z.strictObject({
    name: z.literal('deliver-alert'),
    payload: z.strictObject({ alertId: rowId, attempt: counter }),
  }),
]);

export type Job = z.infer<typeof jobSchema>;
export type JobName = Job['name'];
export type Payload<N extends JobName> = Extract<Job, { name: N }>['payload'];

const LANE_OF = {
  'nightly-sync': 'runs',
  'finish-run': 'runs',
  'fetch-batch': 'batches',
  'deliver-alert': 'alerts',
} as const satisfies Record<JobName, Lane>;

/** The names of the jobs that run in a lane. */
export type JobNameIn<L extends Lane> = {
  [N in JobName]: (typeof LANE_OF)[N] extends L ? N : never;
}[JobName];

export function laneOf(job: Job): Lane {
  return LANE_OF[job.name];
}

/**
 * The same job always has the same id, and both engines ignore an add under an id they still hold: enqueueing
 * twice is enqueueing once (I3). The attempt is part of it, so that the next attempt can be enqueued while the
 * last one is on its way out.
 */
export function jobId(job: Job): string {
  switch (job.name) {
    case 'nightly-sync':
      return `nightly-sync-${job.payload.runKey}-${job.payload.attempt}`;
    case 'fetch-batch':
      return `fetch-batch-${job.payload.runId}-${job.payload.batch}-${job.payload.attempt}`;
    case 'finish-run':
      return `finish-run-${job.payload.runId}-${job.payload.attempt ?? 0}`;
    case 'deliver-alert':
      return `deliver-alert-${job.payload.alertId}-${job.payload.attempt}`;
  }
}

export type ParsedJob =
  { readonly ok: true; readonly job: Job } | { readonly ok: false; readonly fault: string };

/** The fault names fields and what they should be, never the value seen: it may be anybody's data. */
export function parseJob(name: string, payload: unknown): ParsedJob {
  const parsed = jobSchema.safeParse({ name, payload });
  if (parsed.success) return { ok: true, job: parsed.data };
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'job'}: ${issue.message}`);
  return { ok: false, fault: faults.join('; ') };
}

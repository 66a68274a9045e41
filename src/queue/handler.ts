import type { Job, JobName, JobNameIn, Lane, Payload } from './job.ts';

/**
 * What became of a job. `pause-lane` puts it back and lets this process take no job of the lane for `delayMs`;
 * `unfinished` puts it back when this process stops. Neither counts as a failure. Other processes find out by themselves:
 * whatever holds for all is in PostgreSQL (I6). There is no "failed": an outcome that was foreseen is written to
 * PostgreSQL by the use case, and whatever is thrown was not foreseen and is retried.
 */
export type JobResult =
  { readonly kind: 'done' | 'unfinished' } | { readonly kind: 'pause-lane'; readonly delayMs: number };

export interface JobContext {
  /** Aborts as soon as this process takes no more jobs: one of several steps begins no other. */
  readonly stopping: AbortSignal;
  /** Aborts when this process shuts down and can wait no longer; the job then runs again elsewhere. */
  readonly signal: AbortSignal;
  readonly jobId: string;
}

export type Handler<N extends JobName> = (payload: Payload<N>, context: JobContext) => Promise<JobResult>;

type HandlerOf = { [N in JobName]: Handler<N> };

/** Handlers of some jobs, by name. */
export type SomeHandlers = Partial<HandlerOf>;

/** One handler for each job of a lane; another lane's jobs cannot be named. */
export interface LaneHandlers {
  readonly runs: Pick<HandlerOf, JobNameIn<'runs'>>;
  readonly batches: Pick<HandlerOf, JobNameIn<'batches'>>;
  readonly alerts: Pick<HandlerOf, JobNameIn<'alerts'>>;
}

export type HandlersOf<L extends Lane> = LaneHandlers[L];

/** Rejects where there is no handler of that name: the types of the lanes rule it out. */
export async function handleJob(handlers: SomeHandlers, job: Job, context: JobContext): Promise<JobResult> {
  const result = callHandler(handlers, job, context);
  if (result === undefined) throw new Error(`no handler for ${job.name} in this lane`);
  return await result;
}

/** Spelled out, for only inside a case does the compiler see which payload belongs to which handler. */
function callHandler(handlers: SomeHandlers, job: Job, context: JobContext): Promise<JobResult> | undefined {
  switch (job.name) {
    case 'nightly-sync':
      return handlers[job.name]?.(job.payload, context);
    case 'fetch-batch':
      return handlers[job.name]?.(job.payload, context);
    case 'finish-run':
      return handlers[job.name]?.(job.payload, context);
    case 'deliver-alert':
      return handlers[job.name]?.(job.payload, context);
  }
}

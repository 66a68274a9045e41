import type { SyncContext } from '../../src/sync/context.ts';

/** A queue that loses whatever it is given (I6): what goes on, goes on from the database. */
export const LOST_QUEUE: SyncContext['queues'] = {
  enqueue: () => Promise.resolve(),
  heldJobs: () => Promise.resolve(0),
};

/**
 * What one job asks about, by its number and attempt: the batches of a stretch that were never tried, where `no` is its
 * first; from the first failure on one batch alone, `no`, when it has been tried so often. A number that begins no stretch is
 * that batch alone as well: a version enqueues it that knows of none.
 *
 * A stretch is as many neighbouring batches as the run says in `batches_per_job`.
 */
export interface Stretch {
  readonly runId: string;
  readonly no: number;
  readonly attempt: number;
}

/** Where the stretch of a batch begins and ends, of `runs r` and its `batches b`. */
export const FIRST_OF_STRETCH = 'b.no - (b.no - 1) % r.batches_per_job';
export const LAST_OF_STRETCH = `${FIRST_OF_STRETCH} + r.batches_per_job - 1`;

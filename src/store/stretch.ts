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

/** The first and the last number of the stretch in which `no` lies, of `runs r`. */
export const firstOfStretch = (no: string): string => `${no} - (${no} - 1) % r.batches_per_job`;
export const lastOfStretch = (no: string): string => `${firstOfStretch(no)} + r.batches_per_job - 1`;

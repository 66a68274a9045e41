const LONGEST = 16;

/** What is known of so many is loaded at once, at most (I11). */
const ENTRIES_AT_MOST = 1_000;

/** So many jobs keep the hands of many workers busy to the end of the night. */
const JOBS_AT_LEAST = 1_000;

/**
 * How many neighbouring batches one job asks about, in a night of so many: a power of two. One where a night is short; in a
 * long one the queue and the database are asked once for several calls.
 */
export function stretchLength(batches: number, batchSize: number): number {
  const longest = Math.min(LONGEST, batches / JOBS_AT_LEAST, ENTRIES_AT_MOST / batchSize);
  return 2 ** Math.floor(Math.log2(Math.max(1, longest)));
}

import { describeDuration } from './duration.ts';

/** The last published run over the whole roster. */
export interface LastGoodNight {
  readonly runId: string;
  /** The instant of its last answer. */
  readonly asOf: Date;
  /** How long ago that was, by the clock of the database. */
  readonly ageMs: number;
}

export interface Freshness {
  readonly isFresh: boolean;
  /** One sentence for a person. */
  readonly detail: string;
}

/**
 * Whether what analysts read is young enough. Held, failed and dry runs and retries make it no younger: only a whole
 * night that was published does. Exactly as old as allowed is fresh.
 */
export function judgeFreshness(last: LastGoodNight | null, maxAgeMs: number): Freshness {
  const limit = describeDuration(maxAgeMs);
  if (last === null) return { isFresh: false, detail: `No night has been published yet; limit ${limit}.` };
  const seen = `The last good night, run ${last.runId}, is ${describeDuration(last.ageMs)} old (as of ${last.asOf.toISOString()})`;
  return last.ageMs <= maxAgeMs
    ? { isFresh: true, detail: `${seen}; limit ${limit}.` }
    : { isFresh: false, detail: `${seen}, limit ${limit}. Read why: kore-sync runs` };
}

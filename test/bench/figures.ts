import type { Measurement } from './night.ts';
import type { Result } from './series.ts';

/** A result by its medians, and beside the others. Null where there is nothing to tell or nobody to compare with. */
export interface Figures extends Omit<Result, 'measurements'> {
  readonly usersPerSecond: number;
  /** Times as fast as the naive script in the same night. */
  readonly timesNaive: number | null;
  /** Times as fast as the floor in the same night of as many users. */
  readonly timesFloor: number | null;
  readonly peakRssBytes: number;
  readonly walBytesPerUser: number;
  readonly publishSeconds: number | null;
  readonly lastAnswerToPublishedSeconds: number | null;
  readonly longestReadSeconds: number | null;
}

export function toFigures(results: readonly Result[]): Figures[] {
  return results.map((result) => {
    const { measurements, ...what } = result;
    const usersPerSecond = speedOf(result);
    const naive = results.find(({ contender, night }) => contender === 'naive' && night === what.night);
    const floor = results.find(
      ({ contender, night, users }) => contender === 'floor' && night === what.night && users === what.users,
    );
    return {
      ...what,
      usersPerSecond,
      timesNaive: naive === undefined ? null : usersPerSecond / speedOf(naive),
      timesFloor: floor === undefined ? null : usersPerSecond / speedOf(floor),
      peakRssBytes: median(measurements, ({ peakRssBytes }) => peakRssBytes) ?? NaN,
      walBytesPerUser: (median(measurements, ({ walBytes }) => walBytes) ?? NaN) / what.users,
      publishSeconds: median(measurements, ({ publication }) => publication?.publishSeconds),
      lastAnswerToPublishedSeconds: median(
        measurements,
        ({ publication }) => publication?.lastAnswerToPublishedSeconds,
      ),
      longestReadSeconds: median(measurements, ({ publication }) => publication?.longestRead.seconds),
    };
  });
}

function speedOf({ users, measurements }: Result): number {
  return users / (median(measurements, ({ seconds }) => seconds) ?? NaN);
}

function median(
  measurements: readonly Measurement[],
  pick: (measurement: Measurement) => number | undefined,
): number | null {
  const sorted = measurements
    .map(pick)
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [lower, upper] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return lower === undefined || upper === undefined ? null : (lower + upper) / 2;
}

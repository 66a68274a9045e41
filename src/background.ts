import { setInterval } from 'node:timers';

/** Work that is done again and again beside everything else. */
export interface Background {
  /** Does it now, or waits for the time that is under way. Never rejects. */
  now(): Promise<void>;
  /** No further time; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * Never two at a time: what takes longer than the interval would pile up behind the database that is slow. What it
 * throws goes to `onError`, and the next time is another try. `everyMs` null: only when told.
 */
export function startBackground(
  work: () => Promise<void>,
  everyMs: number | null,
  onError: (error: unknown) => void,
): Background {
  let underWay: Promise<void> | undefined;
  const now = (): Promise<void> => {
    underWay ??= work()
      .catch(onError)
      .finally(() => (underWay = undefined));
    return underWay;
  };
  const timer = everyMs === null ? undefined : setInterval(() => void now(), everyMs);
  return {
    now,
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}

import { createTask } from 'node-cron';

/** So often the instant is looked at whatever the clock and the timers did meanwhile. */
const WATCH_MS = 60_000;

export interface ClockOptions {
  /** In the form that `SYNC_CRON` has been checked for. */
  readonly expression: string;
  readonly timeZone: string;
  /** Called at every instant of the schedule, and every minute besides. Must not throw. */
  readonly onTick: () => void;
}

/**
 * Ticks on time, and once a minute in case that did not happen: node-cron leaves out a time of day that does not
 * exist, and what a machine slept through. Whoever is told finds out by itself what is due. Returns what stops it.
 */
export function startClock({ expression, timeZone, onTick }: ClockOptions): () => Promise<void> {
  // Late ticks are the watch's business, and no reason for a line of node-cron's own.
  const task = createTask(expression, onTick, { timezone: timeZone, suppressMissedWarning: true });
  const watch = setInterval(onTick, WATCH_MS);
  void task.start();
  return async () => {
    clearInterval(watch);
    await task.destroy();
  };
}

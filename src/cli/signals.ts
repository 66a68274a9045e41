import { SyncError } from '../core/errors.ts';

/**
 * Runs `work` with a signal that aborts on Ctrl-C or SIGTERM, so that everything can be closed in order. A
 * second signal ends the process at once.
 */
export async function untilSignalled<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
    controller.abort(
      new SyncError(
        'INTERRUPTED',
        `Stopped by ${signal}. A run that is open stays open; the next command goes on with it.`,
      ),
    );
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

import type { Worker } from 'bullmq';

type Interruption = NonNullable<Parameters<Worker['delay']>[1]>;

const HURRIED_MS = 20;

/**
 * Makes what ends the waits of a worker, now and from now on: that for a job, which `stopListening` ends, and that
 * for the end of a pause, in which BullMQ sleeps for a quarter of a minute at a time. Nobody who closes it waits for that.
 */
export function makeInterrupt(
  worker: Pick<Worker, 'delay'>,
  stopListening: () => Promise<void>,
): () => Promise<void> {
  const sleep = worker.delay.bind(worker);
  const asleep = new Set<Interruption>();
  let isHurried = false;
  worker.delay = async (milliseconds, interruption) => {
    if (isHurried) return sleep(HURRIED_MS);
    if (interruption === undefined) return sleep(milliseconds);
    asleep.add(interruption);
    await sleep(milliseconds, interruption);
    asleep.delete(interruption);
  };
  return async () => {
    isHurried = true;
    for (const interruption of asleep) interruption.abort();
    await stopListening();
  };
}

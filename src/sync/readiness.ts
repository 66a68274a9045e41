import { judgeFreshness } from '../core/freshness.ts';
import { loadLastGoodNight } from '../store/freshness.ts';
import type { SyncContext } from './context.ts';
import { askInTime } from './in-time.ts';

export interface Readiness {
  readonly isReady: boolean;
  /** One for each thing that was looked at, with what is wrong and what to do. */
  readonly lines: readonly string[];
}

/** Whether nights can be run, and what analysts read is young enough. Never rejects, and answers within seconds. */
export async function checkReadiness(
  { database, queues }: Pick<SyncContext, 'database' | 'queues'>,
  maxAgeMs: number,
): Promise<Readiness> {
  const [night, queue] = await Promise.all([
    askInTime(() => loadLastGoodNight(database)),
    askInTime(() => queues.heldJobs('runs')),
  ]);
  const queueLine = queue.ok ? 'ok' : queue.reason;
  if (!night.ok) {
    return { isReady: false, lines: [`database: ${night.reason}`, `queue: ${queueLine}`] };
  }
  const { isFresh, detail } = judgeFreshness(night.value, maxAgeMs);
  return {
    isReady: isFresh && queue.ok,
    lines: ['database: ok', `queue: ${queueLine}`, `nights: ${isFresh ? 'ok. ' : ''}${detail}`],
  };
}

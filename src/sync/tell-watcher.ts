import { toHeartbeat } from '../core/heartbeat.ts';
import { loadUntoldRun, markTold } from '../store/heartbeats.ts';
import type { SyncContext } from './context.ts';

/**
 * Tells the watcher outside how the latest night stands, where it does not know yet.
 *
 * At least once: marked as told after it was, by whichever process comes first. A watcher that cannot be reached is
 * told at the next call; one that refuses is told no more of this.
 */
export async function tellWatcher({
  database,
  watcher,
  log,
}: Pick<SyncContext, 'database' | 'watcher' | 'log'>): Promise<void> {
  if (watcher === null) return;
  const news = await loadUntoldRun(database);
  if (news === undefined) return;
  const { runId } = news;
  const heartbeat = toHeartbeat(news);
  const outcome = await watcher(heartbeat);
  if (!outcome.ok) {
    const { signal } = heartbeat;
    const fields = { runId, signal, reason: outcome.reason };
    if (!outcome.isPermanent) {
      log.warn(
        fields,
        `[run ${runId}] HEARTBEAT_URL was not told "${signal}": ${outcome.reason}; again soon`,
      );
      return;
    }
    log.error(
      fields,
      `[run ${runId}] HEARTBEAT_URL refused "${signal}": ${outcome.reason}. Check the address.`,
    );
  }
  await markTold(database, news);
}

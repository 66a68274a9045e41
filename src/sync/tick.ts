import { nightlyRunKey } from '../core/run-key.ts';
import { findLatestDue, findNextDue, type Schedule } from '../core/schedule.ts';
import { planTick } from '../core/tick.ts';
import { saveRunEvent } from '../store/run-events.ts';
import { loadNightState, loadNow, saveNextDue } from '../store/schedule.ts';
import { nightlySyncJob, type SyncContext } from './context.ts';

export interface Scheduler {
  readonly schedule: Schedule;
  /** By the clock of the database. */
  readonly startedAt: Date;
  /** Time travel, for tests; the clock of the database where left out. */
  readonly loadInstant?: (database: SyncContext['database']) => Promise<Date>;
}

/**
 * Sees to it that the night that is due has been started, or says why not. Enqueues, and nothing else.
 *
 * Idempotent: the instant of the schedule names the night, and all that was decided before is in PostgreSQL (I3, I6).
 * So it makes no difference how many schedulers ask, how often, and what became of the queue or of the clock meanwhile.
 */
export async function tick(
  context: SyncContext,
  { schedule, startedAt, loadInstant = loadNow }: Scheduler,
): Promise<void> {
  const { database, queues, alertRules, log } = context;
  const now = await loadInstant(database);
  const due = findLatestDue(schedule, now);
  const next = findNextDue(schedule, now);
  const key = nightlyRunKey(due);
  const state = await loadNightState(database, key, due);
  const plan = planTick(state, { due, next, now, startedAt });
  if (plan.event !== null) {
    const { kind, runId, detail } = plan.event;
    const isNew = await saveRunEvent(database.pool, { kind, key, runId, detail }, alertRules);
    if (isNew) log.warn({ event: kind, runKey: key, runId }, detail);
  }
  if (plan.open !== null) {
    await queues.enqueue([nightlySyncJob(key, plan.open.trigger, plan.open.openings)]);
  }
  if (plan.isSettled) await saveNextDue(database, next);
}

import { SyncError, type ErrorCode } from '../core/errors.ts';
import type { ClockTrigger } from '../core/run-trigger.ts';
import { describeFailedStatement, isTransient } from '../store/database.ts';
import { saveFailedOpening } from '../store/reopen-run.ts';
import type { SyncContext } from './context.ts';
import { startRun, type RunRequest } from './start-run.ts';

/** What every night of a configuration has in common. */
export type NightRequest = Omit<RunRequest, 'key' | 'trigger' | 'dryRun' | 'openings'>;

/** The night of one tick. `openings`: how often it has been opened before. */
export interface Night {
  readonly key: string;
  readonly trigger: ClockTrigger;
  readonly openings: number;
}

/** Broken connections: nothing of the night is wrong, and the queue calls again within minutes. */
const RETRIED_BY_THE_QUEUE: ReadonlySet<ErrorCode> = new Set(['DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE']);

/**
 * Opens the night of a tick. One that was opened since is left as it is (I3).
 *
 * A night that cannot be opened is a failed run, with its reason. It is alerted, and made up for by a later tick where
 * that may help. Throws only what is worth another try at once.
 */
export async function startNight(
  context: SyncContext,
  request: NightRequest,
  night: Night,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { runId, openedHere } = await startRun(
      context,
      { ...request, ...night, dryRun: false },
      { signal },
    );
    const { key: runKey, openings } = night;
    if (openedHere) context.log.info({ runId, runKey, openings: openings + 1 }, `[run ${runId}] opened`);
  } catch (error) {
    if (signal.aborted || isRetriedByTheQueue(error)) throw error;
    await recordFailure(context, night, error);
  }
}

function isRetriedByTheQueue(error: unknown): boolean {
  return error instanceof SyncError ? RETRIED_BY_THE_QUEUE.has(error.code) : isTransient(error);
}

async function recordFailure(context: SyncContext, night: Night, error: unknown): Promise<void> {
  const { database, alertRules, log } = context;
  const code = error instanceof SyncError ? error.code : 'INTERNAL';
  const message = describeFailedStatement(error) ?? (error instanceof Error ? error.message : String(error));
  const runId = await saveFailedOpening(database, { ...night, alertRules }, code, message);
  if (runId !== undefined) {
    log.error({ runId, runKey: night.key, code }, `[run ${runId}] could not be opened: ${message}`);
  }
}

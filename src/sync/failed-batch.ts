import { describeFailure, isTooLarge, type ApiFailure } from '../core/api-failure.ts';
import { decideFailure, readTrouble, type Decision, type StopCode } from '../core/error-table.ts';
import { blockCalls } from '../store/account.ts';
import { postponeBatch, splitBatches, type FailedCall } from '../store/batches.ts';
import type { PendingBatch } from '../store/pending-batches.ts';
import { failRun } from '../store/runs.ts';
import { saveAnswers } from '../store/save-answers.ts';
import { countFailure } from '../store/streak.ts';
import { fetchBatchJob, type SyncContext } from './context.ts';
import { enqueueAlerts } from './finish-run.ts';

/** Carries out what the error table says of a failed call. Returns for how many milliseconds no call may be made; 0: none. */
export async function handleFailure(
  context: SyncContext,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<number> {
  const decision = await decide(context, batch, failure);
  switch (decision.action) {
    case 'retry':
      await retryLater(context, batch, decision.delayMs, failure);
      return 0;
    case 'pause':
      await pauseCalls(context, batch, decision, failure);
      return decision.delayMs;
    case 'split':
      await split(context, batch, failure);
      return 0;
    case 'stop':
      await stopRun(context, batch, decision.code, decision.advice);
      return 0;
    case 'give_up':
      await giveUp(context, batch, decision.reason);
      return 0;
  }
}

async function decide(
  { database, random }: SyncContext,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<Decision> {
  const trouble = readTrouble(failure);
  return decideFailure(failure, {
    attempt: batch.ownFailures + 1,
    random,
    batchSize: batch.entries.length,
    isRepeated: batch.lastFailure === failure.kind,
    ...(trouble !== undefined && { streak: await countFailure(database, batch, trouble) }),
  });
}

/**
 * Believed over our own count: the limits are shared with whatever else uses the account. The batch is put behind those
 * that were never asked: were the same few asked each time, they might be at fault.
 */
async function pauseCalls(
  context: SyncContext,
  batch: PendingBatch,
  { delayMs, isSuspect }: Extract<Decision, { action: 'pause' }>,
  failure: ApiFailure,
): Promise<void> {
  const { runId, no } = batch;
  const seen = describeFailure(failure);
  context.log.warn({ runId, batch: no, delayMs }, `[run ${runId}] no call is answered: ${seen}; waiting`);
  await blockCalls(context.database, delayMs);
  await postpone(context, batch, delayMs, { as: failure.kind, seen, isOwn: isSuspect });
}

async function retryLater(
  context: SyncContext,
  batch: PendingBatch,
  delayMs: number,
  failure: ApiFailure,
): Promise<void> {
  const { runId, no, attempts } = batch;
  const seen = describeFailure(failure);
  const fields = { runId, batch: no, attempt: attempts + 1, delayMs };
  context.log.warn(fields, `[batch ${no}] ${seen}; asked again later`);
  await postpone(context, batch, delayMs, { as: failure.kind, seen, isOwn: true });
}

/** Record before enqueue: a crash between the two is repaired by the sweep (I6). */
async function postpone(
  { database, queues }: SyncContext,
  batch: PendingBatch,
  delayMs: number,
  failed: FailedCall,
): Promise<void> {
  const job = await postponeBatch(database, batch, delayMs, failed);
  if (job !== undefined) await queues.enqueue([fetchBatchJob(batch.runId, job)]);
}

/** A batch too large for the server is no use to the others of its size either. */
async function split(
  { database, queues, log }: SyncContext,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<void> {
  const { runId, no } = batch;
  const maxSize = Math.ceil(batch.entries.length / 2);
  const jobs = await splitBatches(database, runId, maxSize, isTooLarge(failure) ? 'all' : { no });
  log.warn(
    { runId, batch: no, maxSize },
    `[batch ${no}] ${describeFailure(failure)}; asked again in batches of ${maxSize}`,
  );
  await queues.enqueue(jobs.map((job) => fetchBatchJob(runId, job)));
}

async function stopRun(
  context: SyncContext,
  { runId, no }: PendingBatch,
  code: StopCode,
  reason: string,
): Promise<void> {
  // The batches under way with this one meet the same; one says so.
  if (await failRun(context.database, runId, code, reason)) {
    context.log.warn({ runId, batch: no, code }, `[run ${runId}] stopped: ${reason}`);
    await enqueueAlerts(context);
  }
}

/** I1: silence removes nobody. Every entry of the batch is unanswered, and the night goes on. */
async function giveUp({ database, log }: SyncContext, batch: PendingBatch, reason: string): Promise<void> {
  const { runId, no } = batch;
  log.warn({ runId, batch: no }, `[batch ${no}] given up: ${reason}`);
  const receipt = { found: 0, absent: 0, unanswered: batch.entries.length, ignored: 0, durationMs: 0 };
  const observations = batch.entries.map(({ entry }) => ({ answer: 'unanswered' as const, entry, reason }));
  await saveAnswers(database, runId, [{ no, status: 'given_up', receipt, error: reason, observations }]);
}

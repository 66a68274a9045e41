import { describeFailure, isTooLarge, type ApiFailure } from '../core/api-failure.ts';
import { decideFailure, readTrouble, type Decision, type StopCode } from '../core/error-table.ts';
import { blockCalls } from '../store/account.ts';
import { postponeBatch, saveAnswers, splitBatches, type PendingBatch } from '../store/batches.ts';
import { failRun } from '../store/runs.ts';
import { countFailure } from '../store/streak.ts';
import { fetchBatchJob, type SyncContext } from './context.ts';
import { enqueueAlerts } from './finish-run.ts';

export interface BatchId {
  readonly runId: string;
  readonly no: number;
}

/**
 * `pauseMs`: no call may be made for so long. After a `pause` the batch may still be due, and its job is put back.
 */
export type FetchBatchResult =
  { readonly kind: 'done'; readonly pauseMs?: number } | { readonly kind: 'pause'; readonly pauseMs: number };

export const DONE: FetchBatchResult = { kind: 'done' };

/** Carries out what the error table says of a failed call. */
export async function handleFailure(
  context: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const decision = await decide(context, id, batch, failure);
  switch (decision.action) {
    case 'retry':
      return retryLater(context, id, batch, decision.delayMs, failure);
    case 'pause':
      return pauseCalls(context, id, batch, decision, failure);
    case 'split':
      return split(context, id, batch, failure);
    case 'stop':
      return stopRun(context, id, decision.code, decision.advice);
    case 'give_up':
      return giveUp(context, id, batch, decision.reason);
  }
}

async function decide(
  { database, random }: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<Decision> {
  const trouble = readTrouble(failure);
  return decideFailure(failure, {
    attempt: batch.ownFailures + 1,
    random,
    batchSize: batch.entries.length,
    isRepeated: batch.lastFailure === failure.kind,
    ...(trouble !== undefined && { streak: await countFailure(database, id, trouble) }),
  });
}

/**
 * Believed over our own count: the limits are shared with whatever else uses the account. The batch is put behind those
 * that were never asked: were the same few asked each time, they might be at fault.
 */
async function pauseCalls(
  { database, queues, log }: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  { delayMs, isSuspect }: Extract<Decision, { action: 'pause' }>,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const { runId, no } = id;
  const seen = describeFailure(failure);
  log.warn({ runId, batch: no, delayMs }, `[run ${runId}] no call is answered: ${seen}; waiting`);
  await postponeBatch(database, id, delayMs, { as: failure.kind, seen, isOwn: isSuspect });
  await blockCalls(database, delayMs);
  await queues.enqueue([fetchBatchJob(runId, no, batch.attempts + 1, delayMs)]);
  return { kind: 'done', pauseMs: delayMs };
}

async function retryLater(
  { database, queues, log }: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  delayMs: number,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const { runId, no } = id;
  const attempt = batch.attempts + 1;
  const seen = describeFailure(failure);
  log.warn({ runId, batch: no, attempt, delayMs }, `[batch ${no}] ${seen}; asked again later`);
  await postponeBatch(database, id, delayMs, { as: failure.kind, seen, isOwn: true });
  await queues.enqueue([fetchBatchJob(runId, no, attempt, delayMs)]);
  return DONE;
}

/** A batch too large for the server is no use to the others of its size either. */
async function split(
  { database, queues, log }: SyncContext,
  { runId, no }: BatchId,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const maxSize = Math.ceil(batch.entries.length / 2);
  const pieces = await splitBatches(database, runId, maxSize, isTooLarge(failure) ? 'all' : { no });
  log.warn(
    { runId, batch: no, maxSize },
    `[batch ${no}] ${describeFailure(failure)}; asked again in batches of ${maxSize}`,
  );
  await queues.enqueue(pieces.map((piece) => fetchBatchJob(runId, piece, 0)));
  return DONE;
}

async function stopRun(
  context: SyncContext,
  { runId, no }: BatchId,
  code: StopCode,
  reason: string,
): Promise<FetchBatchResult> {
  // The batches under way with this one meet the same; one says so.
  if (await failRun(context.database, runId, code, reason)) {
    context.log.warn({ runId, batch: no, code }, `[run ${runId}] stopped: ${reason}`);
    await enqueueAlerts(context);
  }
  return DONE;
}

/** I1: silence removes nobody. Every entry of the batch is unanswered, and the night goes on. */
async function giveUp(
  { database, log }: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  reason: string,
): Promise<FetchBatchResult> {
  const { runId, no } = id;
  log.warn({ runId, batch: no }, `[batch ${no}] given up: ${reason}`);
  const receipt = { found: 0, absent: 0, unanswered: batch.entries.length, ignored: 0, durationMs: 0 };
  const observations = batch.entries.map(({ entry }) => ({ answer: 'unanswered' as const, entry, reason }));
  await saveAnswers(database, id, { status: 'given_up', receipt, error: reason }, observations);
  return DONE;
}

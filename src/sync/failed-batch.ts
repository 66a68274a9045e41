import {
  decideFailure,
  describeFailure,
  describesSameKind,
  isOutage,
  isTooLarge,
  type ApiFailure,
} from '../core/error-table.ts';
import { judgeStreak, type OutageDecision } from '../core/outage.ts';
import { blockCalls } from '../store/account.ts';
import { postponeBatch, saveAnswers, splitBatches, type PendingBatch } from '../store/batches.ts';
import { countFailure, failRun } from '../store/runs.ts';
import { fetchBatchJob, type SyncContext } from './context.ts';

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

/** Carries out what the error table says of a failed call, unless the run's streak of failures says otherwise. */
export async function handleFailure(
  context: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const attempt = batch.attempts + 1;
  const decision = decideFailure(failure, {
    attempt,
    random: context.random,
    batchSize: batch.entries.length,
    isRepeated: describesSameKind(batch.lastError, failure),
  });
  if (decision.action === 'stop') return stopRun(context, id, decision.advice);
  const outage = await judgeOutage(context, id, failure);
  // Nothing is answered at all: that says nothing of this batch, and is no reason to split it or give it up.
  if (outage.action === 'pause') return waitOutOutage(context, id, attempt, outage.delayMs, failure);
  if (outage.action === 'stop') {
    const seen = `${outage.reason}: ${describeFailure(failure)}`;
    return stopRun(context, id, `${seen}. Check the network and Kore.ai's status page.`);
  }
  switch (decision.action) {
    case 'retry':
      return retryLater(context, id, attempt, decision.delayMs, failure);
    case 'split':
      return split(context, id, batch, failure);
    case 'give_up':
      return giveUp(context, id, batch, decision.reason);
  }
}

async function judgeOutage(
  { database, random }: SyncContext,
  id: BatchId,
  failure: ApiFailure,
): Promise<OutageDecision> {
  return isOutage(failure) ? judgeStreak(await countFailure(database, id), random) : { action: 'go_on' };
}

/** The batch is put behind those that were never asked: were the same few asked each time, they might be at fault. */
async function waitOutOutage(
  { database, queues, log }: SyncContext,
  id: BatchId,
  attempt: number,
  pauseMs: number,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const { runId, no } = id;
  const seen = describeFailure(failure);
  log.warn({ runId, batch: no, delayMs: pauseMs }, `[run ${runId}] every call fails: ${seen}; waiting`);
  await postponeBatch(database, id, pauseMs, seen);
  await blockCalls(database, pauseMs);
  await queues.enqueue([fetchBatchJob(runId, no, attempt, pauseMs)]);
  return { kind: 'done', pauseMs };
}

async function retryLater(
  { database, queues, log }: SyncContext,
  id: BatchId,
  attempt: number,
  delayMs: number,
  failure: ApiFailure,
): Promise<FetchBatchResult> {
  const { runId, no } = id;
  const seen = describeFailure(failure);
  log.warn({ runId, batch: no, attempt, delayMs }, `[batch ${no}] ${seen}; asked again later`);
  await postponeBatch(database, id, delayMs, seen);
  if (failure.kind === 'rate_limited') {
    // Believed over our own count: the limits are shared with whatever else uses the account.
    await blockCalls(database, delayMs);
    return { kind: 'pause', pauseMs: delayMs };
  }
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
  { database, log }: SyncContext,
  { runId, no }: BatchId,
  reason: string,
): Promise<FetchBatchResult> {
  // The batches under way with this one meet the same; one says so.
  if (await failRun(database, runId, 'RUN_STOPPED', reason)) {
    log.warn({ runId, batch: no }, `[run ${runId}] stopped: ${reason}`);
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

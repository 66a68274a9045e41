import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchAnswers } from '../core/answer.ts';
import { canonicalForm } from '../core/canonical.ts';
import type { ErrorCode } from '../core/errors.ts';
import { observe, type KnownEntry, type Observation } from '../core/observation.ts';
import type { FetchOutcome } from '../kore/client.ts';
import {
  isFetched,
  loadPendingBatch,
  saveAnswers,
  type PendingBatch,
  type Receipt,
} from '../store/batches.ts';
import { givePlaceBack, takePlace, type Place } from '../store/budget.ts';
import { recordDrift } from '../store/runs.ts';
import { finishRunJob, type SyncContext } from './context.ts';
import { DONE, handleFailure, type BatchId, type FetchBatchResult } from './failed-batch.ts';

/**
 * So long a wait for a place is sat out in the worker's slot, which nobody else could use either: to put the
 * job back and take it again costs as much, and the place stands empty meanwhile.
 */
const SHORT_WAIT_MS = 500;
/** After a longer wait the workers are back a little early. */
const HEAD_START_MS = 250;
/** How soon a process that asks another account looks whether the database has been moved to it. */
const OTHER_ACCOUNT_MS = 60_000;

/**
 * Asks about one batch and stores what was answered (I3: asking twice changes nothing). A batch decides
 * nothing: whoever sees that all are in enqueues the plan, after its own commit.
 */
export async function fetchBatch(
  context: SyncContext,
  id: BatchId,
  signal: AbortSignal,
): Promise<FetchBatchResult> {
  const { database, queues, batchesUnderWay } = context;
  const result = await batchesUnderWay.during(id.runId, () => askWhenDue(context, id, signal));
  if (batchesUnderWay.isIdle(id.runId) && (await isFetched(database, id.runId))) {
    await queues.enqueue([finishRunJob(id.runId)]);
  }
  return result;
}

async function askWhenDue(context: SyncContext, id: BatchId, signal: AbortSignal): Promise<FetchBatchResult> {
  const { database, rateLimits } = context;
  for (;;) {
    const batch = await loadPendingBatch(database, id.runId, id.no);
    if (batch === undefined) return DONE;
    if (!isOwnAccount(context, batch)) return leaveToOthers(context, id, batch);
    const budget = await takePlace(database, rateLimits, batch.account.blockedMs);
    if ('place' in budget) return askInPlace(context, id, batch, budget.place, signal);
    if (budget.waitMs > SHORT_WAIT_MS) {
      return { kind: 'pause', pauseMs: budget.waitMs - HEAD_START_MS };
    }
    await delay(budget.waitMs, undefined, { signal });
  }
}

function isOwnAccount({ account }: SyncContext, batch: PendingBatch): boolean {
  return batch.account.host === account.host && batch.account.clientId === account.clientId;
}

/** I13: another account would say of everybody that they do not exist. */
function leaveToOthers(
  { account, log }: SyncContext,
  { runId, no }: BatchId,
  batch: PendingBatch,
): FetchBatchResult {
  const { host, clientId } = batch.account;
  log.error(
    { runId, batch: no, code: 'ACCOUNT_MISMATCH' satisfies ErrorCode },
    `[run ${runId}] asks the account at ${host ?? 'no host'} with client id ${clientId ?? 'none'}, and this process was started with KORE_HOST ${account.host} and KORE_CLIENT_ID ${account.clientId}. It leaves the run to others; start it with what they have, or with a database of its own.`,
  );
  return { kind: 'pause', pauseMs: OTHER_ACCOUNT_MS };
}

async function askInPlace(
  context: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  place: Place,
  signal: AbortSignal,
): Promise<FetchBatchResult> {
  const outcome = await fetchInPlace(context, batch, place, signal);
  // Shutting down: the job goes back as if it had never run.
  signal.throwIfAborted();
  if (outcome.ok) {
    await saveAnswered(context, id, batch, outcome.answers, outcome.durationMs);
    return DONE;
  }
  // Not where the batch is in, or its run has ended or been opened again: the failure is of nobody's call.
  return (await isStillDue(context, id)) ? handleFailure(context, id, batch, outcome.failure) : DONE;
}

async function isStillDue({ database }: SyncContext, { runId, no }: BatchId): Promise<boolean> {
  return (await loadPendingBatch(database, runId, no)) !== undefined;
}

async function fetchInPlace(
  { database, kore }: SyncContext,
  { entries, entryKind }: PendingBatch,
  place: Place,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  try {
    return await kore.fetchUsersInfo(
      entries.map(({ entry }) => entry),
      entryKind,
      signal,
    );
  } finally {
    // At once, before anything is stored: the place is free one window from here.
    await givePlaceBack(database, place);
  }
}

async function saveAnswered(
  { database }: SyncContext,
  id: BatchId,
  batch: PendingBatch,
  { answers, ignored, drift }: BatchAnswers,
  durationMs: number,
): Promise<void> {
  const known = new Map(batch.entries.map((entry) => [entry.entry, entry]));
  const observations: Observation[] = [];
  const counts = { found: 0, absent: 0, unanswered: 0 };
  for (const answer of answers) {
    counts[answer.kind] += 1;
    const observation = observe(
      answer,
      known.get(answer.entry) ?? unknownEntry(answer.entry),
      hashOf(answer),
    );
    if (observation !== undefined) observations.push(observation);
  }
  const receipt: Receipt = { ...counts, ignored, durationMs: Math.round(durationMs) };
  await saveAnswers(database, id, { status: 'answered', receipt }, observations);
  await recordDrift(database, id.runId, drift);
}

function hashOf(answer: BatchAnswers['answers'][number]): string {
  return answer.kind === 'found' ? hash('sha256', canonicalForm(answer.snapshot)) : '';
}

function unknownEntry(entry: string): KnownEntry {
  return { entry, userId: null, current: false, email: null, hash: null, lastLogin: null, shared: false };
}

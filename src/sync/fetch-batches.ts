import { setTimeout as delay } from 'node:timers/promises';
import type { ApiFailure } from '../core/api-failure.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { FetchOutcome } from '../kore/client.ts';
import { settlesWithin } from '../queue/deadline.ts';
import { isFetched, isPending } from '../store/batches.ts';
import { givePlaceBack, takePlace, type Place } from '../store/budget.ts';
import { loadPendingBatches, type PendingBatch } from '../store/pending-batches.ts';
import type { Stretch } from '../store/stretch.ts';
import { finishRunJob, type SyncContext } from './context.ts';
import { handleFailure } from './failed-batch.ts';
import { observeBatch } from './observe-batch.ts';
import { UnsavedAnswers } from './unsaved-answers.ts';

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
 * For so long, at most, what was loaded is taken for true, and what was answered waits for others to be stored with. With an account
 * that takes its time every batch is loaded and stored by itself.
 */
const ROUND_MS = 250;

/**
 * `pause`: no call may be made for so long, and batches may still be due. `unfinished`: the worker is stopping, and they
 * may be due as well. Either way the job is put back.
 */
export type FetchBatchesResult =
  { readonly kind: 'done' | 'unfinished' } | { readonly kind: 'pause'; readonly pauseMs: number };

export interface FetchOptions {
  /** Aborted: what has begun ends. */
  readonly signal: AbortSignal;
  /** Aborted: nothing more begins. */
  readonly stopping: AbortSignal;
  /** Tests choose it, and depend on no clock. */
  readonly roundMs?: number;
}

/**
 * Asks about the batches of a stretch, one after another, and stores what was answered (I3: asking twice changes nothing). A
 * batch decides nothing: whoever sees that all are in enqueues the plan, after its own commit.
 */
export async function fetchBatches(
  context: SyncContext,
  stretch: Stretch,
  options: FetchOptions,
): Promise<FetchBatchesResult> {
  const { database, queues, batchesUnderWay } = context;
  const { runId } = stretch;
  const result = await batchesUnderWay.during(runId, () => askInRounds(context, stretch, options));
  if (batchesUnderWay.isIdle(runId) && (await isFetched(database, runId))) {
    await queues.enqueue([finishRunJob(runId)]);
  }
  return result;
}

async function askInRounds(
  context: SyncContext,
  stretch: Stretch,
  options: FetchOptions,
): Promise<FetchBatchesResult> {
  /** Null: all of the stretch. Afterwards as many as the last round came to, since the others would be loaded in vain. */
  let limit: number | null = null;
  for (;;) {
    const due = await loadPendingBatches(context.database, stretch, limit);
    const [first] = due;
    if (first === undefined) return { kind: 'done' };
    if (!isOwnAccount(context, first)) return leaveToOthers(context, first);
    const { asked, end } = await askRound(context, due, options);
    // Shutting down: the job goes back, for what was not asked.
    options.signal.throwIfAborted();
    if (end.kind === 'asked' && due.length < (limit ?? Infinity)) return { kind: 'done' };
    const pauseMs = await goOnFrom(context, end, options.signal);
    if (pauseMs > 0) return { kind: 'pause', pauseMs };
    if (options.stopping.aborted) return { kind: 'unfinished' };
    limit = Math.max(1, asked);
  }
}

/** Calls one after another, until all are asked or something else is to be done first. */
interface Round {
  readonly asked: number;
  readonly end:
    | { readonly kind: 'asked' | 'full' }
    | { readonly kind: 'no_place'; readonly waitMs: number }
    | { readonly kind: 'failed'; readonly batch: PendingBatch; readonly failure: ApiFailure };
}

/** When it ends, what was answered is stored, also where it ends with an error. */
async function askRound(
  context: SyncContext,
  due: readonly PendingBatch[],
  { signal, roundMs = ROUND_MS }: FetchOptions,
): Promise<Round> {
  const { database, rateLimits } = context;
  const endsAt = performance.now() + roundMs;
  const unsaved = new UnsavedAnswers(context);
  let asked = 0;
  try {
    for (const batch of due) {
      if (asked > 0 && performance.now() >= endsAt) return { asked, end: { kind: 'full' } };
      const budget = await takePlace(database, rateLimits, batch.account.blockedMs);
      if (!('place' in budget)) return { asked, end: { kind: 'no_place', waitMs: budget.waitMs } };
      const call = fetchInPlace(context, batch, budget.place, signal);
      // A call that hangs keeps no answer from being stored that came before it.
      const hangs = unsaved.isGathering && !(await settlesWithin(call, endsAt - performance.now()));
      if (hangs) void unsaved.save();
      const outcome = await call;
      if (!outcome.ok) return { asked, end: { kind: 'failed', batch, failure: outcome.failure } };
      await unsaved.add(observeBatch(batch, outcome));
      asked += 1;
    }
    return { asked, end: { kind: 'asked' } };
  } finally {
    await unsaved.save();
  }
}

/** Returns for how many milliseconds no call may be made; 0 where the next round may begin. */
async function goOnFrom(context: SyncContext, end: Round['end'], signal: AbortSignal): Promise<number> {
  switch (end.kind) {
    case 'asked':
    case 'full':
      return 0;
    case 'no_place':
      if (end.waitMs > SHORT_WAIT_MS) return end.waitMs - HEAD_START_MS;
      await delay(end.waitMs, undefined, { signal });
      return 0;
    case 'failed':
      // Not where the batch is in, or its run has ended or been opened again: the failure is of nobody's call.
      if (!(await isPending(context.database, end.batch))) return 0;
      return handleFailure(context, end.batch, end.failure);
  }
}

function isOwnAccount({ account }: SyncContext, batch: PendingBatch): boolean {
  return batch.account.host === account.host && batch.account.clientId === account.clientId;
}

/** I13: another account would say of everybody that they do not exist. */
function leaveToOthers(
  { account, log }: SyncContext,
  { runId, no, account: { host, clientId } }: PendingBatch,
): FetchBatchesResult {
  log.error(
    { runId, batch: no, code: 'ACCOUNT_MISMATCH' satisfies ErrorCode },
    `[run ${runId}] asks the account at ${host ?? 'no host'} with client id ${clientId ?? 'none'}, and this process was started with KORE_HOST ${account.host} and KORE_CLIENT_ID ${account.clientId}. It leaves the run to others; start it with what they have, or with a database of its own.`,
  );
  return { kind: 'pause', pauseMs: OTHER_ACCOUNT_MS };
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

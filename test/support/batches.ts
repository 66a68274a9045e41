import { openRun } from '../../src/store/open-run.ts';
import { loadPendingBatches, type PendingBatch } from '../../src/store/pending-batches.ts';
import { saveAnswers, type BatchOutcome, type Receipt } from '../../src/store/save-answers.ts';
import type { SyncContext } from '../../src/sync/context.ts';
import { fetchBatches, type FetchBatchesResult, type FetchOptions } from '../../src/sync/fetch-batches.ts';
import { newRun } from './new-run.ts';
import type { TestStore } from './store.ts';

export const PEOPLE = [
  'ann@example.com',
  'bob@example.com',
  'cid@example.com',
  'dee@example.com',
  'eve@example.com',
] as const;

/** A call that failed by the fault of its batch. */
export const FAILED = { as: 'server_error', seen: 'server_error, HTTP 500', isOwn: true } as const;

/** Opens a run about these people, of whom as many are asked about at a time. */
export async function openBatches(
  { database }: TestStore,
  batchSize: number,
  entries: readonly string[] = PEOPLE,
): Promise<string> {
  const { runId } = await openRun(database, newRun(entries, { batchSize }));
  return runId;
}

/** From now on one job asks about so many neighbouring batches, as in a long night. */
export async function lengthenStretches(
  { query }: Pick<TestStore, 'query'>,
  runId: string,
  batches: number,
): Promise<void> {
  await query('UPDATE runs SET batches_per_job = $2 WHERE id = $1', [runId, batches]);
}

/** The batch that the job of this number and attempt asks about, where it is one. */
export async function loadPendingBatch(
  { database }: TestStore,
  runId: string,
  no: number,
  attempt = 0,
): Promise<PendingBatch | undefined> {
  const [batch] = await loadPendingBatches(database, { runId, no, attempt });
  return batch;
}

export function receipt(found: number, absent = 0, unanswered = 0): Receipt {
  return { found, absent, unanswered, ignored: 0, durationMs: 12 };
}

/** Stores the answers of one batch; whether it was the first to. */
export async function answerBatch(
  { database }: TestStore,
  runId: string,
  no: number,
  counts: Receipt,
  observations: BatchOutcome['observations'] = [],
): Promise<boolean> {
  const saved = await saveAnswers(database, runId, [
    { no, status: 'answered', receipt: counts, observations },
  ]);
  return saved.includes(no);
}

/** Does what such a job does, with signals of its own, as the queue gives its jobs. */
export async function askAbout(
  context: SyncContext,
  runId: string,
  { no, attempt = 0 }: { readonly no: number; readonly attempt?: number },
  options: Partial<FetchOptions> = {},
): Promise<FetchBatchesResult> {
  const [{ signal }, { signal: stopping }] = [new AbortController(), new AbortController()];
  return fetchBatches(context, { runId, no, attempt }, { signal, stopping, ...options });
}

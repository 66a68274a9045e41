import { setTimeout as delay } from 'node:timers/promises';
import { describeTooManyCalls } from '../core/call-estimate.ts';
import { LISTING_NAME, type RosterLine } from '../core/roster-entry.ts';
import { countPendingBatches } from '../store/batches.ts';
import { endAbandonedDryRun } from '../store/abandoned-run.ts';
import { openListingSpool } from '../store/listing-spool.ts';
import {
  findRunBefore,
  openRun,
  type NewRun,
  type OpenedRun,
  type RejectedEntry,
  type RosterChunk,
  type RosterEntry,
} from '../store/open-run.ts';
import type { SyncContext } from './context.ts';
import { listUsers, type Listing } from './list-users.ts';
import { enqueueRun } from './sweep.ts';

export interface RunRequest extends Omit<NewRun, 'roster' | 'openings' | 'alertRules'> {
  /** Opened only by whoever opens the run. Null: the roster is everybody whom the account lists. */
  readonly openRoster: (() => AsyncIterable<RosterLine>) | null;
  /** Of a failed run that is opened again: how often it has been opened before. */
  readonly openings?: number;
}

/** For a listing, which may take an hour. */
export type ListingOptions = Partial<Pick<Listing, 'onListed' | 'signal'>>;

/** Lines stored at a time (I11). */
const CHUNK = 5_000;

/** How soon to look whether another process has listed the account, or died over it. */
const OTHER_LISTING_MS = 1_000;

/**
 * Opens a run and enqueues its batches, or joins the one that is open.
 *
 * Record before enqueue: a crash between the two is repaired by the sweep (I6).
 */
export async function startRun(
  context: SyncContext,
  { openRoster, openings = 0, ...request }: RunRequest,
  options: ListingOptions = {},
): Promise<OpenedRun> {
  const run = { ...request, openings, alertRules: context.alertRules };
  if (!run.dryRun) await makeRoom(context);
  const opened =
    openRoster === null
      ? await openListedRun(context, run, options)
      : await openRun(context.database, { ...run, roster: chunkRoster(openRoster) });
  await enqueueRun(context, opened.runId);
  if (opened.openedHere) await warnOfTooManyCalls(context, opened.runId);
  return opened;
}

/** A rehearsal that nobody goes on with must not keep the nights out. */
async function makeRoom({ database, log }: SyncContext): Promise<void> {
  const runId = await endAbandonedDryRun(database);
  if (runId !== undefined) log.warn({ runId }, `[run ${runId}] a dry run that nobody worked on was ended`);
}

async function warnOfTooManyCalls({ database, rateLimits, log }: SyncContext, runId: string): Promise<void> {
  const words = describeTooManyCalls(await countPendingBatches(database, runId), rateLimits);
  if (words !== null) log.warn({ runId }, `[run ${runId}] ${words}`);
}

/**
 * Lists the account first, then opens the run with what was listed. One process lists, the others join its run:
 * the places in the budget are spent once.
 */
async function openListedRun(
  context: SyncContext,
  run: Omit<NewRun, 'roster'>,
  { onListed = () => undefined, signal = new AbortController().signal }: ListingOptions,
): Promise<OpenedRun> {
  const { database, log } = context;
  for (let isFirst = true; ; isFirst = false) {
    const spool = await openListingSpool(database);
    try {
      // With the lock or without: the run may be there by now.
      const joined = await findRunBefore(database, run);
      if (joined !== undefined) return joined;
      if (spool !== undefined) {
        await listUsers(context, { spool, onListed, signal });
        return await openRun(database, { ...run, roster: spool.read() });
      }
    } finally {
      await spool?.close();
    }
    if (isFirst) log.warn({}, `[${LISTING_NAME}] another process lists the account; waiting for its run`);
    await delay(OTHER_LISTING_MS, undefined, { signal });
  }
}

async function* chunkRoster(openRoster: () => AsyncIterable<RosterLine>): AsyncGenerator<RosterChunk> {
  let entries: RosterEntry[] = [];
  let rejected: RejectedEntry[] = [];
  for await (const line of openRoster()) {
    if (line.ok) entries.push(line);
    else rejected.push(line);
    if (entries.length + rejected.length < CHUNK) continue;
    yield { entries, rejected };
    entries = [];
    rejected = [];
  }
  yield { entries, rejected };
}

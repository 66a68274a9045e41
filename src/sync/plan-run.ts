import { createHash, type Hash } from 'node:crypto';
import { checkCanaries } from '../core/canary.ts';
import type { UserChange } from '../core/change.ts';
import { diffAdded, diffRemoved, diffRestored, diffUser } from '../core/diff.ts';
import { checkPlan, type GuardLimits } from '../core/guard.ts';
import { toPlannedChange, toRename, type PlannedChange } from '../core/planned-change.ts';
import { loadCanarySightings } from '../store/canaries.ts';
import { inTransaction, prepareForEverybody, type Database, type Queryable } from '../store/database.ts';
import { loadPlannedUsers, type PlannedUser } from '../store/plan/changed-users.ts';
import { hashBaseline, lockForPlan, savePlan, type PlannableRun } from '../store/plan/plannable-run.ts';
import { loadPlanFigures } from '../store/plan/figures.ts';
import { loadRenames, settleNames } from '../store/plan/names.ts';
import { savePlannedChanges } from '../store/plan/planned-changes.ts';
import { keepKnownSpelling, reconcileUsers } from '../store/plan/reconcile.ts';
import { saveEventOfRun } from '../store/run-events.ts';

/** Users diffed at a time: some megabytes of snapshots (I11). */
const CHUNK = 1_000;

/**
 * Computes the plan of a run whose batches are all in, judges it, and stores both: all changes, against the
 * run they were computed for, with a hash of them. One transaction, so there is a whole plan or none.
 *
 * Does nothing where the run is not open, is already planned, or still waits for a batch (I3).
 */
export async function planRun(database: Database, runId: string, limits: GuardLimits): Promise<void> {
  await inTransaction(database.pool, async (connection) => {
    const run = await lockForPlan(connection, runId);
    if (run === undefined) return;
    await prepareForEverybody(connection);
    await reconcileUsers(connection, runId);
    await settleNames(connection, runId);
    const hash = run.baseline ? await hashBaseline(connection, runId) : await planChanges(connection, run);
    const figures = await loadPlanFigures(connection, runId);
    const canaries = checkCanaries(await loadCanarySightings(connection, runId));
    // Beside "held", which follows from it; with the plan, so that it is said once (I3).
    if (canaries !== null) await saveEventOfRun(connection, runId, 'canary', canaries);
    const verdict = checkPlan(figures, limits);
    const reasons = [...(canaries === null ? [] : [canaries]), ...(verdict.publish ? [] : verdict.reasons)];
    await savePlan(connection, runId, { hash, figures, reasons });
  });
}

/** Saves every change in its final order, and returns the hash of them all. */
async function planChanges(connection: Queryable, run: PlannableRun): Promise<string> {
  const hash = createHash('sha256');
  const renames = await loadRenames(connection, run.runId);
  const first = renames.map(toRename);
  let ordinal = await savePart(connection, run.runId, 1, first, hash);
  for await (const users of loadPlannedUsers(connection, run.runId, CHUNK)) {
    const changes = users.flatMap((user) => diffPlanned(user).map((change) => toPlannedChange(user, change)));
    ordinal = await savePart(connection, run.runId, ordinal, changes, hash);
  }
  await keepKnownSpelling(connection, run.runId);
  return hash.digest('hex');
}

async function savePart(
  connection: Queryable,
  runId: string,
  firstOrdinal: number,
  changes: readonly PlannedChange[],
  hash: Hash,
): Promise<number> {
  for (const change of changes) hash.update(`${JSON.stringify(change)}\n`);
  await savePlannedChanges(connection, runId, firstOrdinal, changes);
  return firstOrdinal + changes.length;
}

function diffPlanned({ fate, known, snapshot, email }: PlannedUser): UserChange[] {
  switch (fate) {
    case 'added':
      return snapshot === null ? [] : diffAdded(snapshot);
    case 'restored':
      return snapshot === null ? [] : diffRestored(known, snapshot, email);
    case 'removed':
      return diffRemoved(known);
    case 'kept':
    case 'unanswered':
      return snapshot === null ? diffAddress(known.email, email) : diffUser(known, snapshot, email);
  }
}

/** Somebody whose own snapshot says nothing, but whose address now leads to another user id, or to them anew. */
function diffAddress(before: string | null, after: string | null): UserChange[] {
  return before === after ? [] : [{ kind: 'email_changed', before, after, firstObserved: before === null }];
}

import { countDueJobs, loadDueJobs, type DueJob } from '../store/batches.ts';
import { clearStaging, findOpenRun } from '../store/runs.ts';
import { fetchBatchJob, finishRunJob, type SyncContext } from './context.ts';
import { enqueueAlerts } from './finish-run.ts';

const CHUNK = 1_000;

/**
 * Enqueues whatever PostgreSQL says is due and the queue may have lost (I6). Idempotent: the queue ignores
 * an id it holds, and what is done by the time its job runs is done nothing about (I3).
 */
export async function sweep(context: SyncContext): Promise<void> {
  const { database, queues } = context;
  const runId = await findOpenRun(database);
  if (runId === undefined) {
    await clearStaging(database);
  } else {
    const due = await countDueJobs(database, runId);
    if (due === 0 || (await queues.heldJobs('batches')) < due) await enqueueRun(context, runId);
  }
  await enqueueAlerts(context);
}

/** Enqueues the batches of a run that are still to be asked; where none is, the plan. */
export async function enqueueRun({ database, queues }: SyncContext, runId: string): Promise<void> {
  let last: DueJob | undefined;
  for (;;) {
    const jobs = await loadDueJobs(database, runId, last, CHUNK);
    if (jobs.length === 0) break;
    await queues.enqueue(jobs.map((job) => fetchBatchJob(runId, job)));
    last = jobs.at(-1);
  }
  if (last === undefined) await queues.enqueue([finishRunJob(runId)]);
}

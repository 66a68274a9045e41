import type { Channel } from '../alerts/channel.ts';
import type { AlertRules } from '../core/alert-rule.ts';
import type { GuardLimits } from '../core/guard.ts';
import type { Heartbeat, HeartbeatOutcome } from '../core/heartbeat.ts';
import type { ClockTrigger } from '../core/run-trigger.ts';
import type { KoreClient } from '../kore/client.ts';
import type { EnqueueRequest, Queues } from '../queue/engine.ts';
import type { DueJob } from '../store/batches.ts';
import type { RateLimit } from '../store/budget.ts';
import type { Database } from '../store/database.ts';
import type { NewRun } from '../store/open-run.ts';
import type { BatchesUnderWay } from './under-way.ts';

/** What the use cases work with. */
export interface SyncContext {
  readonly database: Database;
  readonly queues: Pick<Queues, 'enqueue' | 'heldJobs'>;
  /** Whom `kore` asks. */
  readonly account: NewRun['account'];
  readonly kore: Pick<KoreClient, 'fetchUsersInfo' | 'fetchListingPage'>;
  readonly rateLimits: readonly RateLimit[];
  readonly batchesUnderWay: BatchesUnderWay;
  readonly guardLimits: GuardLimits;
  /** Stored with every run that is opened; they judge what befalls no run, too. */
  readonly alertRules: AlertRules;
  /** By name. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** Tells whoever watches from outside; never throws. Null: nobody does. */
  readonly watcher: ((heartbeat: Heartbeat) => Promise<HeartbeatOutcome>) | null;
  /** Numbers in [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: SyncLog;
}

/** The part of a logger the use cases use. Fields carry ids and counts, never a person's data. */
export interface SyncLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export function nightlySyncJob(runKey: string, trigger: ClockTrigger, openings: number): EnqueueRequest {
  return { job: { name: 'nightly-sync', payload: { runKey, trigger, attempt: openings } } };
}

/** What has failed comes after what has not been tried: while calls fail, the others tell whose fault it is. */
export function fetchBatchJob(runId: string, { no, attempt, delayMs }: DueJob): EnqueueRequest {
  return { job: { name: 'fetch-batch', payload: { runId, batch: no, attempt } }, delayMs, priority: attempt };
}

export function finishRunJob(runId: string): EnqueueRequest {
  return { job: { name: 'finish-run', payload: { runId } } };
}

export function deliverAlertJob(alertId: string, attempt: number, delayMs = 0): EnqueueRequest {
  return { job: { name: 'deliver-alert', payload: { alertId, attempt } }, delayMs };
}

import { describeDuration, HOUR_MS, MINUTE_MS } from './duration.ts';
import type { ErrorCode } from './errors.ts';
import { nightlyRunKey } from './run-key.ts';
import type { RunEventKind } from './run-event.ts';
import type { ClockTrigger } from './run-trigger.ts';

/** What the database says of the night that is due, at one instant. */
export interface NightState {
  /** When a scheduler last said that the next night would be; null where none ever has. */
  readonly promised: Date | null;
  /** A run of the whole roster, other than the night's own and no dry run, has been planned since it was due. */
  readonly isCovered: boolean;
  /** The run in the open-run slot. */
  readonly open: { readonly runId: string; readonly key: string } | null;
  /** The run under the night's key. */
  readonly own: OwnRun | null;
}

export interface OwnRun {
  readonly runId: string;
  readonly status: 'open' | 'planned' | 'held' | 'published' | 'rejected' | 'superseded' | 'failed';
  readonly openings: number;
  readonly errorCode: string | null;
  readonly closedAt: Date | null;
}

/** All by the same clock. */
export interface TickInstants {
  /** The latest instant of the schedule at or before `now`. */
  readonly due: Date;
  /** The first one after it. */
  readonly next: Date;
  readonly now: Date;
  /** When this scheduler was started. */
  readonly startedAt: Date;
}

export interface TickPlan {
  /** To be opened now; `openings`: how often it has been opened before. */
  readonly open: { readonly trigger: ClockTrigger; readonly openings: number } | null;
  readonly event: {
    readonly kind: RunEventKind;
    readonly runId: string | null;
    readonly detail: string;
  } | null;
  /** Nothing is owed to this night any more, so the next one may be promised. */
  readonly isSettled: boolean;
}

/** A tick and the watch that makes up for it come once a minute; what starts later was not started by its tick. */
const CATCH_UP_AFTER_MS = 2 * MINUTE_MS;
/** Longer than a restart of a worker takes, and soon enough for somebody to do something before the morning. */
const NOT_STARTED_AFTER_MS = 15 * MINUTE_MS;

const NOTHING: TickPlan = { open: null, event: null, isSettled: true };

/**
 * Decides what the night that is due needs. Total, and a function of what it is given: any number of schedulers
 * come to the same decision, at any time and as often as they like.
 */
export function planTick(state: NightState, instants: TickInstants): TickPlan {
  const { promised, isCovered, open, own } = state;
  const { due, now } = instants;
  if (own !== null) return planOwnRun(own, state, instants);
  // A schedule that was changed, and a clock that was put back, owe nobody a night of the past.
  if (isCovered || (promised !== null && promised > due)) return NOTHING;
  if (open !== null) return { open: null, event: describeSkipped(open, due), isSettled: false };
  const lateMs = now.getTime() - due.getTime();
  return {
    open: { trigger: lateMs < CATCH_UP_AFTER_MS ? 'schedule' : 'catch-up', openings: 0 },
    event: promised !== null && lateMs >= NOT_STARTED_AFTER_MS ? describeNotStarted(due, lateMs) : null,
    isSettled: false,
  };
}

function planOwnRun(own: OwnRun, state: NightState, { due, next, now, startedAt }: TickInstants): TickPlan {
  if (own.status === 'open') {
    const isLate = now.getTime() - due.getTime() > (next.getTime() - due.getTime()) / 2;
    return isLate ? { ...NOTHING, event: describeLate(own.runId, due, now) } : NOTHING;
  }
  if (own.status !== 'failed' || own.closedAt === null || state.isCovered || state.open !== null)
    return NOTHING;
  const delayMs = computeReopenDelayMs(own.errorCode, own.openings);
  const isOver = delayMs !== null && now.getTime() >= own.closedAt.getTime() + delayMs;
  // Somebody has started this process since: they may have mended what it failed for, and want to see it.
  if (!isOver && own.closedAt >= startedAt) return NOTHING;
  return { ...NOTHING, open: { trigger: 'schedule', openings: own.openings } };
}

/**
 * What may be over by itself, or once somebody has put a file in its place. To ask again after the others would only
 * repeat what a person has to read.
 */
const WORTH_ANOTHER_TRY: ReadonlySet<string> = new Set<ErrorCode>([
  'KORE_UNREACHABLE',
  'ROSTER_UNREADABLE',
  'ROSTER_EMPTY',
  'ROSTER_INCOMPLETE',
  'CANARIES_UNREADABLE',
]);

const FIRST_REOPENING_MS = 5 * MINUTE_MS;
const LONGEST_REOPENING_MS = HOUR_MS;

/**
 * How long after its end a failed night is opened again: 5, 10, 20, 40 minutes, then every hour. Null: not at all.
 * Without jitter: one process at a time opens a night, and all must come to the same instant.
 */
export function computeReopenDelayMs(errorCode: string | null, openings: number): number | null {
  if (errorCode === null || !WORTH_ANOTHER_TRY.has(errorCode)) return null;
  return Math.min(LONGEST_REOPENING_MS, FIRST_REOPENING_MS * 2 ** Math.max(0, openings - 1));
}

function describeSkipped(
  open: { readonly runId: string; readonly key: string },
  due: Date,
): TickPlan['event'] {
  return {
    kind: 'skipped',
    runId: null,
    detail: `${nameNight(due)} found run ${open.runId} (${open.key}) open. Where that is a real run of the whole roster and gets a plan, it counts for this night; otherwise this night is made up for when it has ended. Look at it: kore-sync runs show ${open.runId}`,
  };
}

function describeNotStarted(due: Date, lateMs: number): TickPlan['event'] {
  return {
    kind: 'not_started',
    runId: null,
    detail: `${nameNight(due)} has not started after ${describeDuration(lateMs)}. It starts as soon as a worker takes it. Check that 'kore-sync start' runs and can reach the queue.`,
  };
}

function describeLate(runId: string, due: Date, now: Date): TickPlan['event'] {
  return {
    kind: 'late',
    runId,
    detail: `${nameNight(due)} is still open after ${describeDuration(now.getTime() - due.getTime())}, half of the time until the next. Look at it: kore-sync runs show ${runId}`,
  };
}

function nameNight(due: Date): string {
  return `The night due at ${due.toISOString().slice(0, 16)}Z (${nightlyRunKey(due)})`;
}

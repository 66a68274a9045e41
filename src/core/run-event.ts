/**
 * What can befall a night that somebody should hear of, whatever changed in it.
 *
 * `late`: due, begun, and still not ended. `not_started`: due, and no run under its key. `skipped`: a tick that
 * found another run open. `canary`: an entry whose roles are known for certain came back otherwise.
 */
export const RUN_EVENT_KINDS = [
  'failed',
  'held',
  'partial',
  'late',
  'not_started',
  'skipped',
  'drift',
  'canary',
] as const;
export type RunEventKind = (typeof RUN_EVENT_KINDS)[number];

export interface RunEvent {
  readonly kind: RunEventKind;
  /** One event of a kind under a key, however often it is noticed: a run id, a failure's with its code, or the run key of a tick. */
  readonly key: string;
  /** Null where there is no run. */
  readonly runId: string | null;
  /** One sentence for a person, without a person's data. */
  readonly detail: string;
}

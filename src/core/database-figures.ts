export type Counts = Readonly<Record<string, number>>;

/** What is counted in the database and nowhere else: every process reports the same. */
export interface DatabaseFigures {
  readonly runs: Counts;
  /** Of all published runs. */
  readonly answers: Counts;
  /** Of all published runs, by kind. */
  readonly changes: Counts;
  readonly alerts: Counts;
  /** Of the last good night; null before the first. */
  readonly coverage: number | null;
  readonly lastGoodAt: Date | null;
  readonly lastGoodAgeSeconds: number | null;
  readonly nextDue: Date | null;
  readonly openRunAgeSeconds: number | null;
  readonly blockedSeconds: number;
  /** One for each limit, in order. */
  readonly budgets: readonly { readonly windowMs: number; readonly free: number }[];
}

import type pg from 'pg';

/** One publication: its transaction, its run, and the instant from which its facts hold. */
export interface Night {
  readonly connection: pg.PoolClient;
  readonly runId: string;
  /** ISO 8601 with microseconds. */
  readonly asOf: string;
  /** The first published run opens history instead of moving it. */
  readonly baseline: boolean;
}

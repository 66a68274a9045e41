import type { Snapshot } from './snapshot.ts';

/** A row of `directory.runs`. */
export interface ReportedRun {
  readonly run_id: number;
  readonly run_key: string;
  readonly trigger: string;
  readonly scope: 'all' | 'retry';
  readonly dry_run: boolean;
  readonly status: 'open' | 'planned' | 'held' | 'published' | 'rejected' | 'superseded' | 'failed';
  readonly partial: boolean | null;
  readonly opened_at: string;
  readonly as_of: string | null;
  readonly published_at: string | null;
  readonly coverage: number | null;
  readonly entries: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly found: number;
  readonly absent: number;
  readonly unanswered: number;
  readonly changes: number;
  readonly reasons: readonly string[];
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_reason: string | null;
  /** No night was published before it was opened. */
  readonly baseline: boolean;
}

const RUN = `
  SELECT run_id, run_key, trigger, scope, dry_run, status, partial, opened_at, as_of, published_at, coverage, entries,
         rejected, duplicates, found, absent, unanswered, changes, reasons, decided_by, decided_at, decision_reason,
         NOT EXISTS (SELECT FROM directory.nights n WHERE n.run_id < r.run_id) AS baseline
    FROM directory.runs r`;

/** By run id or run key. */
export async function loadReportedRun(snapshot: Snapshot, run: string): Promise<ReportedRun | undefined> {
  const [found] = await snapshot.load<ReportedRun>(`${RUN} WHERE run_id::text = $1 OR run_key = $1`, [run]);
  return found;
}

/** The latest run that has ended, in whatever way, and was no dry run. */
export async function loadLatestReportedRun(snapshot: Snapshot): Promise<ReportedRun | undefined> {
  const [found] = await snapshot.load<ReportedRun>(
    `${RUN} WHERE status <> 'open' AND NOT dry_run ORDER BY run_id DESC LIMIT 1`,
  );
  return found;
}

import { expect } from 'vitest';
import type { RunSummary } from '../../src/store/runs.ts';
import type { TestNights } from './night.ts';

export interface BatchRow {
  readonly no: number;
  readonly size: number;
  readonly status: 'pending' | 'answered' | 'given_up' | 'split';
  readonly attempts: number;
  readonly last_error: string | null;
  readonly entries: readonly string[];
}

interface Receipt extends BatchRow {
  readonly found: number;
  readonly absent: number;
  readonly unanswered: number;
}

/** The batches of a run that have not been split, in order; their entries go with the staging of a run that ended. */
export async function readBatches(nights: TestNights, runId: string): Promise<readonly Receipt[]> {
  return nights.query<Receipt>(
    `SELECT no, size, status, attempts, last_error, coalesce(entries, '{}') AS entries, found, absent, unanswered
       FROM batches LEFT JOIN batch_entries USING (run_id, no)
      WHERE run_id = $1 AND status <> 'split' ORDER BY no`,
    [runId],
  );
}

/** I10: in each batch requested = found + absent + unanswered, and together they are all that were asked about. */
export async function expectAccounted(nights: TestNights, run: RunSummary, asked: number): Promise<void> {
  const receipts = await readBatches(nights, run.runId);
  const off = receipts.filter(({ size, found, absent, unanswered }) => size !== found + absent + unanswered);
  expect(off).toEqual([]);
  expect(receipts.filter(({ status }) => status === 'pending')).toEqual([]);
  const total = (key: 'size' | 'found' | 'absent' | 'unanswered') =>
    receipts.reduce((sum, receipt) => sum + receipt[key], 0);
  expect(total('size')).toBe(asked);
  const { found, absent, unanswered } = run.answers;
  expect(found + absent + unanswered).toBe(asked);
  expect({ found: total('found'), absent: total('absent') }).toEqual({ found, absent });
}

/** Whom the run left unanswered, and why. */
export async function readUnanswered(
  nights: TestNights,
  runId: string,
): Promise<readonly { readonly entry: string; readonly reason: string }[]> {
  return nights.query(`SELECT entry, reason FROM unanswered_entries WHERE run_id = $1 ORDER BY entry`, [
    runId,
  ]);
}

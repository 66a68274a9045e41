import type { Observation } from '../core/observation.ts';
import type { Database } from './database.ts';

/** I10: requested = found + absent + unanswered. A constraint holds it. */
export interface Receipt {
  readonly found: number;
  readonly absent: number;
  readonly unanswered: number;
  readonly ignored: number;
  readonly durationMs: number;
}

/** What became of a batch. `error`: why it was given up. */
export interface BatchOutcome {
  readonly no: number;
  readonly status: 'answered' | 'given_up';
  readonly receipt: Receipt;
  readonly error?: string;
  readonly observations: readonly Observation[];
}

/**
 * Stores what batches of a run observed together with their receipts, in one statement. A call that was answered ends the
 * streak of those that were not: whatever failed before was not the account.
 *
 * I3: whoever answers a batch second changes nothing; the first answer stands. Returns the numbers of those of which this
 * one does, in no order.
 */
export async function saveAnswers(
  { pool }: Database,
  runId: string,
  outcomes: readonly BatchOutcome[],
): Promise<readonly number[]> {
  const observed = outcomes.flatMap(({ no, observations }) =>
    observations.map((observation) => ({ no, observation })),
  );
  const found = observed.map(({ observation }) => (observation.answer === 'found' ? observation : undefined));
  const { rows } = await pool.query<{ no: number }>({
    name: 'save-answers',
    text: SAVE_ANSWERS,
    values: [
      runId,
      outcomes.map(({ no }) => no),
      outcomes.map(({ status }) => status),
      outcomes.map(({ receipt }) => receipt.durationMs),
      outcomes.map(({ receipt }) => receipt.found),
      outcomes.map(({ receipt }) => receipt.absent),
      outcomes.map(({ receipt }) => receipt.unanswered),
      outcomes.map(({ receipt }) => receipt.ignored),
      outcomes.map(({ error }) => error ?? null),
      observed.map(({ no }) => no),
      observed.map(({ observation }) => observation.entry),
      observed.map(({ observation }) => observation.answer),
      found.map((observation) => observation?.userId ?? null),
      found.map((observation) => observation?.snapshot?.snapshot.email ?? null),
      found.map((observation) => observation?.snapshot?.hash ?? null),
      found.map((observation) => observation?.lastLogin ?? null),
      observed.map(({ observation }) => (observation.answer === 'found' ? null : observation.reason)),
      // One text, not an array of texts, each of which would be escaped here and unescaped there: half the time.
      JSON.stringify(found.map((observation) => observation?.snapshot?.snapshot ?? null)),
    ],
  });
  return rows.map(({ no }) => no);
}

/**
 * The run's row before the batches', as wherever both are locked; ordinary answers lock the batches' alone, in order, so that
 * two who answer the same ones wait for each other and not for ever.
 */
const SAVE_ANSWERS = `
  WITH streak AS (
    UPDATE runs SET failures = 0, failing_since = NULL, refused_since = NULL
     WHERE id = $1 AND 'answered' = ANY ($3::batch_status[]) AND (failures > 0 OR refused_since IS NOT NULL)
    RETURNING id
  ), due AS MATERIALIZED (
    SELECT no FROM batches
     WHERE run_id = $1 AND no = ANY ($2::int[]) AND status = 'pending' AND (SELECT count(*) FROM streak) >= 0
     ORDER BY no FOR UPDATE
  ), receipts AS (
    UPDATE batches b
       SET status = o.status, attempts = attempts + 1, answered_at = clock_timestamp(), due_at = NULL,
           duration_ms = o.duration_ms, found = o.found, absent = o.absent, unanswered = o.unanswered,
           ignored = o.ignored, last_error = o.error
      FROM due
      JOIN unnest($2::int[], $3::batch_status[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::text[])
             AS o (no, status, duration_ms, found, absent, unanswered, ignored, error) ON o.no = due.no
     WHERE b.run_id = $1 AND b.no = due.no
    RETURNING b.no
  ), stored AS (
    INSERT INTO observations (run_id, batch_no, entry, answer, user_id, email, hash, snapshot, last_login, reason)
    SELECT $1, o.no, o.entry, o.answer, o.user_id, o.email, decode(o.hash, 'hex'), nullif(o.snapshot, 'null'), o.last_login, o.reason
      FROM receipts
      JOIN ROWS FROM (unnest($10::int[], $11::text[], $12::answer_kind[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::text[]),
                      jsonb_array_elements($18::jsonb))
             AS o (no, entry, answer, user_id, email, hash, last_login, reason, snapshot) ON o.no = receipts.no
  )
  SELECT no FROM receipts`;

import { difference, NIGHTS, type Check } from './check.ts';

const inRuns = (detail: string): string => difference({ table: `'runs'`, run: 'r.id', detail });

/** I10: every entry a published run asked about is accounted for, in its batches and in its own counts. */
export const RECEIPT_CHECKS: readonly Check[] = [
  {
    name: 'receipts of batches',
    counts: 'batches of published runs',
    sql: `
      SELECT CASE
               WHEN b.status = 'pending' THEN ${inBatches(`format('batch %s was never answered, though its run is published', b.no)`)}
               WHEN b.status <> 'split' AND b.found + b.absent + b.unanswered <> b.size
               THEN ${inBatches(`format('batch %s asked about %s entries and accounts for %s found, %s absent, %s unanswered', b.no, b.size, b.found, b.absent, b.unanswered)`)}
             END AS difference
        FROM batches b JOIN runs r ON r.id = b.run_id AND r.status = 'published'`,
  },
  {
    name: 'receipts of runs',
    counts: 'published runs',
    sql: `
      SELECT CASE
               WHEN r.found + r.absent + r.unanswered <> b.size
               THEN ${inRuns(`format('%s found, %s absent and %s unanswered, but its batches asked about %s', r.found, r.absent, r.unanswered, b.size)`)}
               WHEN r.absent <> b.absent
               THEN ${inRuns(`format('%s absent, but %s by its batches', r.absent, b.absent)`)}
               -- Answers that disagree about a user count as none, so the run may have more of these.
               WHEN r.unanswered < greatest(b.unanswered, u.entries)
               THEN ${inRuns(`format('%s unanswered, but %s by its batches and %s in unanswered_entries', r.unanswered, b.unanswered, u.entries)`)}
               WHEN r.scope = 'all' AND r.entries <> b.rostered
               THEN ${inRuns(`format('%s roster entries, but its batches asked about %s', r.entries, b.rostered)`)}
               WHEN r.coverage <> CASE WHEN b.size = 0 THEN 0 ELSE round((r.found + r.absent)::numeric / b.size, 8) END
               THEN ${inRuns(`format('coverage %s, but %s of %s entries were answered', r.coverage, r.found + r.absent, b.size)`)}
             END AS difference
        FROM runs r
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(size), 0) AS size, coalesce(sum(size) FILTER (WHERE rostered), 0) AS rostered,
                 coalesce(sum(absent), 0) AS absent, coalesce(sum(unanswered), 0) AS unanswered
            FROM batches WHERE run_id = r.id AND status <> 'split'
        ) b
        CROSS JOIN LATERAL (SELECT count(*) AS entries FROM unanswered_entries WHERE run_id = r.id) u
       WHERE r.status = 'published'`,
  },
  {
    name: 'order of runs',
    counts: 'published runs',
    sql: `
      SELECT CASE
               WHEN r.base_id IS DISTINCT FROM r.before
               THEN ${inRuns(`format('planned against run %s, but the published run before it is %s', coalesce(r.base_id::text, 'none'), coalesce(r.before::text, 'none'))`)}
               WHEN r.as_of < r.opened_at THEN ${inRuns(`'as_of is before opened_at'`)}
             END AS difference
        FROM (SELECT r.*, lag(r.id) OVER (ORDER BY r.as_of) AS before FROM runs r WHERE r.status = 'published') r`,
  },
  {
    name: 'counts of changes',
    counts: 'runs with changes',
    sql: `
      WITH ${NIGHTS}, said AS (
        SELECT run_id, sum(n) AS total, jsonb_object_agg(kind, n) AS by_kind
          FROM (SELECT run_id, kind, count(*) AS n FROM changes GROUP BY run_id, kind) k GROUP BY run_id
      ), erased AS (
        SELECT d.run_id, count(*) AS n FROM digests d JOIN published p ON p.id = d.run_id AND p.base_id IS NOT NULL
         WHERE d.salt IS NULL GROUP BY d.run_id
      )
      SELECT CASE
               WHEN r.status <> 'published' THEN ${difference({ table: `'changes'`, run: 'r.id', detail: `format('%s changes of a run that was not published', s.total)` })}
               WHEN r.base_id IS NULL AND s.total > 0 THEN ${inRuns(`'the first published run has changes'`)}
               WHEN r.changes <> coalesce(s.total, 0) + coalesce(e.n, 0)
               THEN ${inRuns(`format('%s changes, but %s in the audit log and %s erased', r.changes, coalesce(s.total, 0), coalesce(e.n, 0))`)}
               WHEN e.n IS NULL AND r.changes_by_kind <> coalesce(s.by_kind, '{}')
               THEN ${inRuns(`'changes_by_kind is not what the audit log has'`)}
             END AS difference
        FROM runs r LEFT JOIN said s ON s.run_id = r.id LEFT JOIN erased e ON e.run_id = r.id
       WHERE r.status = 'published' OR s.total > 0`,
  },
];

function inBatches(detail: string): string {
  return difference({ table: `'batches'`, run: 'b.run_id', detail });
}

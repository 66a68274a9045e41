import { expect, test } from 'vitest';
import { describeRun } from '../../src/report/run.ts';
import type { RunSummary } from '../../src/store/runs.ts';

const AT = new Date('2026-11-21T02:00:00.000Z');

const PUBLISHED: RunSummary = {
  runId: '7',
  key: 'nightly-20261121T020000Z',
  trigger: 'schedule',
  status: 'published',
  dryRun: false,
  baseline: false,
  openedAt: AT,
  planned: true,
  planHash: 'ab'.repeat(32),
  asOf: AT,
  publishedAt: AT,
  coverage: 1,
  roster: { entries: 1_204, rejected: 2, duplicates: 3 },
  answers: { found: 1_203, absent: 1, unanswered: 0 },
  changes: 2,
  changesByKind: { role_granted: 1, role_revoked: 1 },
  reasons: [],
  drift: [],
  error: null,
  parentId: null,
  decision: null,
};

test('a run is told in four lines', () => {
  expect(describeRun(PUBLISHED).split('\n')).toEqual([
    'Run 7: published, as of 2026-11-21T02:00:00.000Z',
    '  roster   1,204 entries, 2 rejected, 3 duplicates',
    '  answers  1,203 found, 1 absent, 0 unanswered',
    '  changes  2 (role_granted 1, role_revoked 1)',
  ]);
});

test('one entry is told in the singular', () => {
  const roster = { entries: 1, rejected: 1, duplicates: 1 };
  expect(describeRun({ ...PUBLISHED, roster })).toContain('  roster   1 entry, 1 rejected, 1 duplicate\n');
});

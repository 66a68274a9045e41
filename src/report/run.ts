import { printable } from '../core/printable.ts';
import { count, describeShare, quantity } from '../core/quantity.ts';
import type { RunSummary } from '../store/runs.ts';

/** What `sync --json` prints, by the public contract. */
export interface RunReport {
  readonly runId: string;
  readonly status: string;
  readonly partial: boolean;
  readonly roster: RunSummary['roster'];
  readonly answers: RunSummary['answers'];
  readonly changes: { readonly total: number; readonly byKind: RunSummary['changesByKind'] };
}

export function toRunReport(run: RunSummary): RunReport {
  return {
    runId: run.runId,
    status: run.status,
    partial: isPartial(run),
    roster: run.roster,
    answers: run.answers,
    changes: { total: run.changes, byKind: run.changesByKind },
  };
}

export function isPartial(run: RunSummary): boolean {
  return run.status === 'published' && run.answers.unanswered > 0;
}

/** A few lines for a person, the verdict first. */
export function describeRun(run: RunSummary): string {
  const { roster, answers } = run;
  const lines = [
    `Run ${run.runId}${run.parentId === null ? '' : `, a retry of run ${run.parentId}`}: ${describeStatus(run)}`,
    `  roster   ${quantity(roster.entries, 'entry', 'entries')}, ${count(roster.rejected)} rejected, ${quantity(roster.duplicates, 'duplicate')}`,
    `  answers  ${count(answers.found)} found, ${count(answers.absent)} absent, ${count(answers.unanswered)} unanswered`,
    `  changes  ${describeChanges(run)}`,
    ...run.reasons.map((reason) => `  held     ${printable(reason)}`),
    ...describeDecision(run),
    ...(run.error === null ? [] : [`  failed   ${run.error}`]),
    ...(run.drift.length === 0
      ? []
      : [`  drift    fields this version does not know: ${run.drift.join(', ')}`]),
  ];
  return lines.join('\n');
}

function describeDecision({ decision, status }: RunSummary): string[] {
  if (decision === null) return [];
  const { by, at, reason } = decision;
  const word = status === 'rejected' ? 'rejected' : 'approved';
  return [
    `  ${word} by ${printable(by)} at ${at.toISOString()}${reason === null ? '' : `: ${printable(reason)}`}`,
  ];
}

function describeStatus(run: RunSummary): string {
  const seconds = run.asOf === null ? '' : `, as of ${run.asOf.toISOString()}`;
  if (isPartial(run)) return `published, partial (coverage ${describeShare(run.coverage)})${seconds}`;
  if (run.status === 'planned') return 'planned as a dry run; nothing was published';
  if (run.status === 'held') return "held by the guard; yesterday's truth stands";
  return `${run.status}${run.status === 'published' ? seconds : ''}`;
}

function describeChanges(run: RunSummary): string {
  if (run.baseline && run.status !== 'failed') return 'none: this is the baseline, the first night';
  const kinds = Object.entries(run.changesByKind).map(([kind, n]) => `${kind} ${count(n)}`);
  return kinds.length === 0 ? 'none' : `${count(run.changes)} (${kinds.join(', ')})`;
}

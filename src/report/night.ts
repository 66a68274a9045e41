import { printable } from '../core/printable.ts';
import { count, describeShare, quantity } from '../core/quantity.ts';
import type { ReportedChange } from '../store/reading/report-outcome.ts';
import type { RunReading } from '../store/reading/report.ts';
import { describeChange, describePublished } from './change-text.ts';
import { describeHeadline, describeVerdict, type LocalTime } from './headline.ts';
import { describeTable } from './table.ts';

/** How many changes a terminal shows; a page shows more. */
const SHOWN = 20;

/** A report in a few lines: the headline first, and the changes of roles on the account. */
export function describeNight(reading: RunReading, time: LocalTime): string {
  const { run, outcome, unconfirmed, findings } = reading;
  const { roster, answers } = describeCounts(reading);
  const changes = outcome.is === 'published' || outcome.is === 'planned' ? outcome.changes : null;
  return [
    describeHeadline(reading),
    '',
    `  run       ${run.run_id} (${run.run_key}), as of ${run.as_of === null ? 'nothing' : `${time.describeTime(run.as_of)} (${time.zone})`}`,
    `  verdict   ${describeVerdict(run)}`,
    ...run.reasons.map((reason) => `            ${printable(reason)}`),
    `  coverage  ${describeShare(run.coverage)}`,
    `  roster    ${roster}`,
    `  answers   ${answers}`,
    ...(unconfirmed === null ? [] : [`  people    ${count(unconfirmed.total)} not confirmed that night`]),
    ...(findings === null
      ? []
      : [
          `  findings  ${count(findings.orphaned.total)} with orphaned access, ${count(findings.dormant.total)} dormant admins, ${count(findings.flags.total)} flag anomalies, as of run ${findings.night.run_id}`,
        ]),
    ...(outcome.is === 'unfinished' && outcome.error !== null
      ? [`  failed    ${printable(outcome.error)}`]
      : []),
    ...(changes === null || changes.adminRoles.total === 0 ? [] : describeAdminRoles(changes.adminRoles)),
  ].join('\n');
}

function describeCounts({ run }: RunReading): { readonly roster: string; readonly answers: string } {
  return {
    roster: `${quantity(run.entries, 'entry', 'entries')}, ${count(run.rejected)} rejected, ${quantity(run.duplicates, 'duplicate')}`,
    answers: `${count(run.found)} found, ${count(run.absent)} absent, ${count(run.unanswered)} unanswered`,
  };
}

function describeAdminRoles({
  total,
  rows,
}: {
  readonly total: number;
  readonly rows: readonly ReportedChange[];
}): string[] {
  const shown = rows.slice(0, SHOWN);
  const more = total - shown.length;
  return [
    '',
    `Roles on the account${more === 0 ? '' : ` (the first ${shown.length}, and ${count(more)} more)`}:`,
    describeTable(
      ['Who', 'What', 'How'],
      shown.map((row) => [row.email ?? row.user_id ?? '', describeChange(row), describePublished(row)]),
    ),
  ];
}

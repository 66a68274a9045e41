import type { PlanFigures } from '../core/guard.ts';
import { count } from '../core/quantity.ts';
import type { RunSummary } from '../store/runs.ts';

/** Enough of a hash to name a plan. */
const SHOWN_HASH = 12;

/** What the guard judged, in a few lines; and for a held run how to decide on it. */
export function describePlan(run: RunSummary, figures: PlanFigures | null): string {
  const lines = [
    `  plan     ${run.planHash ?? ''}`,
    ...(figures === null || figures.baseline ? [] : describeFigures(figures)),
    ...(run.status === 'held' && !run.dryRun ? describeWayOut(run) : []),
  ];
  return lines.join('\n');
}

function describeFigures(figures: PlanFigures): string[] {
  const { removed, revoked, granted, adminGranted, adminRevoked, usersBefore, grantsBefore } = figures;
  return [
    `  removed  ${share(removed, usersBefore)} users`,
    `  revoked  ${share(revoked, grantsBefore)} grants, ${count(adminRevoked)} of them of admin roles`,
    `  granted  ${count(granted)} to people known before, ${count(adminGranted)} of them admin roles`,
  ];
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)}%)`;
  return `${count(part)} of ${count(whole)}${percent}`;
}

function describeWayOut({ runId, planHash }: RunSummary): string[] {
  return [
    '',
    'If it is right, publish exactly this plan; if not, reject it, or leave it: the next run takes its place.',
    `  kore-sync runs approve ${runId} --plan ${planHash?.slice(0, SHOWN_HASH) ?? ''} --reason '...'`,
    `  kore-sync runs reject ${runId} --reason '...'`,
  ];
}

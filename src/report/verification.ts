import { printable } from '../core/printable.ts';
import { count, quantity } from '../core/quantity.ts';
import type { Difference, Verification } from '../store/verify/verify.ts';
import { describeTable } from './table.ts';

/** What was checked and how it ended, the verdict first. */
export function describeVerification({ difference, checks, chain }: Verification): string {
  const { head, runs, unlinked, erased } = chain;
  return [
    difference === null
      ? 'Verified: everything agrees.'
      : `Not verified. The first difference: ${describeDifference(difference)}`,
    `  chain    ${quantity(runs, 'run')}${head === null ? '' : `, head ${head.link} (run ${head.runId})`}`,
    ...(unlinked.length === 0
      ? []
      : [
          `  unlinked runs ${unlinked.join(', ')}, which an older version published: the next night links them`,
        ]),
    ...(erased === 0
      ? []
      : [`  erased   ${quantity(erased, 'digest has', 'digests have')} no content any more`]),
    ...(checks.length === 0
      ? []
      : [
          describeTable(
            ['Checked', '', 'Of'],
            checks.map(({ name, checked, counts }) => [name, count(checked), counts]),
          ),
        ]),
  ].join('\n');
}

function describeDifference({ check, table, runId, userId, detail }: Difference): string {
  const place = [
    `table ${table}`,
    ...(runId === null ? [] : [`run ${runId}`]),
    ...(userId === null ? [] : [`user ${userId}`]),
  ].join(', ');
  return printable(`${place}: ${detail} (check: ${check}). See docs/verify.md for what to do.`);
}

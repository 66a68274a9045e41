import type { Finding } from '../core/finding.ts';
import { printable } from '../core/printable.ts';

const LABELS: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  not_tried: 'not tried',
};

const LABEL_WIDTH = 11;
const NAME_WIDTH = 19;

/** One requirement on a line, and what to do on the next. */
export function describeFinding({ requirement, status, seen, remedy }: Finding): string {
  const head = `${LABELS[status].padEnd(LABEL_WIDTH)}${requirement.padEnd(NAME_WIDTH)}`;
  const indent = ' '.repeat(head.length);
  // A server's own words, or those of a file, may come in several lines.
  const [first = '', ...more] = seen.split('\n').map(printable);
  return [`${head}${first}`, ...more, ...(remedy === null ? [] : [`→ ${printable(remedy)}`])].join(
    `\n${indent}`,
  );
}

/** What `check --json` prints. */
export interface CheckReport {
  readonly ok: boolean;
  readonly requirements: readonly Finding[];
}

export function toCheckReport(findings: readonly Finding[]): CheckReport {
  return { ok: findings.every(({ status }) => status !== 'failed'), requirements: findings };
}

/** The last line. */
export function describeOutcome(findings: readonly Finding[]): string {
  const counts = (['failed', 'not_tried', 'warning'] as const).flatMap((status) => {
    const number = findings.filter((finding) => finding.status === status).length;
    return number === 0
      ? []
      : [`${number} ${LABELS[status].toLowerCase()}${status === 'warning' && number > 1 ? 's' : ''}`];
  });
  return counts.length === 0 ? 'Everything is there.' : `${counts.join(', ')} of ${findings.length}.`;
}

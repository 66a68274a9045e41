import type { ChangeKind } from '../core/change.ts';
import { count, quantity } from '../core/quantity.ts';
import type { ChangeCount, Outcome, RunChanges } from '../store/reading/report-outcome.ts';
import type { ReportedRun } from '../store/reading/report-run.ts';
import type { RunReading } from '../store/reading/report.ts';

/** Whoever reads a report sees instants where they are. */
export interface LocalTime {
  readonly zone: string;
  /** Date and time, to the minute. */
  readonly describeTime: (iso: string) => string;
  readonly describeDay: (iso: string) => string;
}

/** How a run ended, in a word or two. */
export function describeVerdict({ status, partial, dry_run }: ReportedRun): string {
  switch (status) {
    case 'published':
      return partial === true ? 'Published, partial' : 'Published';
    case 'held':
      return dry_run ? 'Dry run, which the guard would hold' : 'Held by the guard, not published';
    case 'planned':
      return 'Dry run, not published';
    case 'rejected':
      return 'Rejected, not published';
    case 'superseded':
      return 'Superseded, not published';
    case 'failed':
      return 'Failed, nothing published';
    case 'open':
      return 'Still at work, nothing published yet';
  }
}

/** What happened, in a sentence or two. */
export function describeHeadline({ run, outcome }: RunReading): string {
  return [describeOutcome(run, outcome), ...describeGap(run)].join(' ');
}

function describeOutcome(run: ReportedRun, outcome: Outcome): string {
  switch (outcome.is) {
    case 'published':
      return `${describeChangesInShort(outcome.changes)}.`;
    case 'planned':
      return `Nothing was published. The plan: ${describeChangesInShort(outcome.changes).toLowerCase()}.`;
    case 'baseline':
      return `The first night opens the history: ${quantity(outcome.users, 'person', 'people')} with ${quantity(outcome.grants, 'role')}, ${count(outcome.adminGrants)} of them on the account.`;
    case 'planned_baseline':
      return 'Nothing was published. It would have been the first night, which opens the history.';
    case 'dropped':
      return `Nothing was published. Its plan of ${quantity(run.changes, 'change')} was dropped.`;
    case 'denied':
      return `Nothing was published. The plan holds ${quantity(run.changes, 'change')}.`;
    case 'unfinished':
      return run.status === 'open'
        ? 'This run is still at work: nothing is published yet.'
        : 'This run failed: nothing was published, and what was known before stands.';
  }
}

function describeChangesInShort({ counts, joiners, leavers }: RunChanges): string {
  const roles = describeRoles(counts);
  const people = [
    ...(joiners.total === 0 ? [] : [quantity(joiners.total, 'joiner')]),
    ...(leavers.total === 0 ? [] : [quantity(leavers.total, 'leaver')]),
  ].join(', ');
  const others = countChanges(counts.filter(({ kind }) => !TOLD.has(kind)));
  const parts = [roles, people, others === 0 ? '' : quantity(others, 'other change')].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? 'Nothing changed' : parts.join('; ');
}

function describeRoles(counts: readonly ChangeCount[]): string {
  const parts = ROLE_WORDS.flatMap(([kind, words]) => {
    const rows = counts.filter((row) => row.kind === kind);
    const onAccount = countChanges(rows.filter(({ scope }) => scope === 'admin'));
    return rows.length === 0 ? [] : [{ number: countChanges(rows), onAccount, words }];
  });
  const [first, ...others] = parts;
  if (first === undefined) return '';
  const onAccount = parts.reduce((sum, part) => sum + part.onAccount, 0);
  const changed = [
    `${quantity(first.number, 'role')} ${first.words}`,
    ...others.map(({ number, words }) => `${count(number)} ${words}`),
  ];
  return `${changed.join(', ')} (${onAccount === 0 ? 'none' : count(onAccount)} on the account)`;
}

const ROLE_WORDS = [
  ['role_granted', 'granted'],
  ['role_revoked', 'revoked'],
  ['role_source_changed', 'held in another way'],
] as const satisfies readonly (readonly [ChangeKind, string])[];

/** The kinds that the headline names. */
const TOLD: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  ...ROLE_WORDS.map(([kind]) => kind),
  'user_added',
  'user_restored',
  'user_removed',
]);

function countChanges(counts: readonly ChangeCount[]): number {
  return counts.reduce((sum, { changes }) => sum + changes, 0);
}

function describeGap({ unanswered, status }: ReportedRun): string[] {
  if (unanswered === 0 || status === 'open' || status === 'failed') return [];
  return [`${quantity(unanswered, 'entry', 'entries')} gave no usable answer.`];
}

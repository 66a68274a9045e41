import { count } from '../../core/quantity.ts';
import type {
  DormantAdmin,
  Findings,
  FlagAnomaly,
  OrphanedPerson,
} from '../../store/reading/report-findings.ts';
import type { ReportedRun } from '../../store/reading/report-run.ts';
import type { Sample } from '../../store/reading/report-sample.ts';
import type { LocalTime } from '../headline.ts';
import { html, NOTHING, quoted, type Markup } from './markup.ts';
import { drawPerson, drawSection } from './section.ts';
import { drawTable, type Column } from './table.ts';

/** What somebody should look at. Findings are of the latest night, whichever the page is about: that is said. */
export function drawFindings(findings: Findings, run: ReportedRun, time: LocalTime): Markup {
  const { night, orphaned, dormant, flags } = findings;
  const isOther = night.run_id !== run.run_id;
  const note = isOther
    ? html`<p class="note">
        As of the latest night, run ${night.run_id}, ${time.describeTime(night.as_of)}: not of the run on this
        page.
      </p>`
    : NOTHING;
  return drawSection(
    'findings',
    'Anomalies',
    html`${note}${drawFinding('Orphaned access', 'People who still hold roles but have left the roster or are not active', 'directory.orphaned_access', orphaned, ORPHANED)}${drawFinding('Dormant admins', 'Holders of roles on the account without a login for 90 days', 'directory.dormant_admins', dormant, dormantColumns(time))}${drawFinding('Flag anomalies', 'People who may create bots without being developers', 'directory.flag_anomalies', flags, FLAGS)}`,
  );
}

function drawFinding<Row>(
  title: string,
  caption: string,
  view: string,
  sample: Sample<Row>,
  columns: readonly Column<Row>[],
): Markup {
  return html`<h3>${title} <span class="count">${count(sample.total)}</span></h3>
    ${
      sample.total === 0
        ? html`<p class="none">Nobody.</p>`
        : drawTable({ caption, columns, sample, source: `SELECT * FROM ${view}` })
    }`;
}

const ORPHANED: readonly Column<OrphanedPerson>[] = [
  { title: 'Who', width: 46, cell: drawPerson },
  {
    title: 'Why',
    width: 27,
    cell: ({ in_roster, status }) =>
      html`${in_roster ? '' : 'left the roster, '}${quoted(status ?? 'status unknown')}`,
  },
  {
    title: 'Roles',
    width: 27,
    cell: ({ roles, admin_roles }) =>
      admin_roles === 0 ? count(roles) : `${count(roles)}, ${count(admin_roles)} on the account`,
  },
];

function dormantColumns(time: LocalTime): readonly Column<DormantAdmin>[] {
  return [
    { title: 'Who', width: 40, cell: drawPerson },
    { title: 'Last login', width: 27, cell: (row) => describeLogin(row, time) },
    {
      title: 'Roles',
      width: 33,
      cell: ({ role_names }) =>
        html`${role_names.map((name, at) => html`${at === 0 ? '' : ', '}${quoted(name)}`)}`,
    },
  ];
}

function describeLogin({ last_login, first_seen_at }: DormantAdmin, time: LocalTime): string {
  return last_login === null
    ? `none known; seen since ${time.describeDay(first_seen_at)}`
    : time.describeDay(last_login);
}

const FLAGS: readonly Column<FlagAnomaly>[] = [
  { title: 'Who', width: 60, cell: drawPerson },
  { title: 'Status', width: 40, cell: ({ status }) => quoted(status ?? 'unknown') },
];

import { count, describeShare, quantity } from '../../core/quantity.ts';
import type { NightFigures, RoleHolders } from '../../store/reading/report-nights.ts';
import type { RunReading } from '../../store/reading/report.ts';
import type { LocalTime } from '../headline.ts';
import { drawChanges } from './changes-chart.ts';
import { drawCoverage } from './coverage-chart.ts';
import { drawHolders } from './holders-line.ts';
import { html, NOTHING, quoted, type Markup } from './markup.ts';
import { drawSection } from './section.ts';
import { drawTable } from './table.ts';

/** The nights up to the run: charts, and the same as a table for whoever would rather read. */
export function drawTrends({ run, nights, holders }: RunReading, time: LocalTime): Markup {
  if (nights.length === 0) return NOTHING;
  const places = nights.map(({ run_id, as_of }) => ({
    day: time.describeDay(as_of),
    isShown: run_id === run.run_id,
  }));
  const changes = drawChanges(
    nights.map(({ granted, revoked }, at) => ({ ...placeOf(places, at), granted, revoked })),
  );
  const coverage = drawCoverage(nights.map(({ coverage: share }, at) => ({ ...placeOf(places, at), share })));
  // Of one night there is nothing to compare.
  const charts =
    nights.length === 1
      ? NOTHING
      : html`<div class="pair">
          <figure>
            <figcaption>Role changes per night</figcaption>
            ${changes}
          </figure>
          <figure>
            <figcaption>Coverage per night</figcaption>
            ${coverage}
          </figure>
        </div>`;
  const title = nights.length === 1 ? 'The first night' : `The last ${count(nights.length)} nights`;
  return drawSection(
    'trends',
    title,
    html`${charts} ${drawRoles(holders.rows, holders.total, nights)}
      <details>
        <summary>The same as a table</summary>
        ${drawNights(nights, time)}
      </details>`,
  );
}

function placeOf(
  places: readonly { readonly day: string; readonly isShown: boolean }[],
  at: number,
): { readonly day: string; readonly isShown: boolean } {
  return places[at] ?? { day: '', isShown: false };
}

function drawRoles(roles: readonly RoleHolders[], total: number, nights: readonly NightFigures[]): Markup {
  if (total === 0)
    return html`<h3>Holders of roles on the account</h3>
      <p class="none">Nobody holds one.</p>`;
  const rows = roles.map((role, at) => {
    const series = nights.map(({ run_id }) => role.holders[run_id] ?? null);
    return { at, role, series, first: series.find((value) => value !== null) ?? 0, last: series.at(-1) ?? 0 };
  });
  return html`<h3>Holders of roles on the account <span class="count">${quantity(total, 'role')}</span></h3>
    ${drawTable({
      caption: 'People who hold each role on the account, over these nights',
      columns: [
        { title: 'Role', width: 36, cell: ({ role }) => quoted(role.role_name ?? role.role_id) },
        { title: 'Night by night', width: 32, cell: ({ at, series }) => drawHolders(`role-${at}`, series) },
        { title: 'First', width: 16, isNumber: true, cell: ({ first }) => count(first) },
        { title: 'Last', width: 16, isNumber: true, cell: ({ last }) => count(last) },
      ],
      sample: { total, rows },
      source: "SELECT * FROM directory.role_holders_over_time WHERE scope = 'admin'",
    })}`;
}

function drawNights(nights: readonly NightFigures[], time: LocalTime): Markup {
  return drawTable<NightFigures>({
    caption: 'Role changes and coverage, night by night, the latest first',
    columns: [
      {
        title: 'Night',
        width: 28,
        cell: ({ run_id, as_of }) => html`${time.describeDay(as_of)} <small>run ${run_id}</small>`,
      },
      { title: 'Granted', width: 18, isNumber: true, cell: ({ granted }) => count(granted) },
      { title: 'Revoked', width: 18, isNumber: true, cell: ({ revoked }) => count(revoked) },
      { title: 'Admin', width: 16, isNumber: true, cell: ({ admin_changes }) => count(admin_changes) },
      { title: 'Coverage', width: 20, isNumber: true, cell: ({ coverage }) => describeShare(coverage) },
    ],
    sample: { total: nights.length, rows: nights.toReversed() },
    source: 'SELECT * FROM directory.nights',
  });
}

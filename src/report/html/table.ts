import { count } from '../../core/quantity.ts';
import type { Sample } from '../../store/reading/report-sample.ts';
import { html, NOTHING, type Markup } from './markup.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Markup | string;
  /** Percent of the width. */
  readonly width: number;
  readonly isNumber?: boolean;
}

export interface Listing<Row> {
  readonly caption: string;
  /** The first names the row. */
  readonly columns: readonly Column<Row>[];
  readonly sample: Sample<Row>;
  /** Where the rest can be read, when there is more than a page can hold. */
  readonly source: string;
}

/** The columns keep their widths whatever is in them: long words are broken. */
export function drawTable<Row>({ caption, columns, sample, source }: Listing<Row>): Markup {
  const { total, rows } = sample;
  const rest =
    total === rows.length
      ? NOTHING
      : html`<p class="more">
          The first ${count(rows.length)} of ${count(total)}. All of them: <code>${source}</code>
        </p>`;
  return html`<table>
      <caption>
        ${caption}
      </caption>
      <colgroup>
        ${columns.map(({ width }) => html`<col style="width:${width}%" />`)}
      </colgroup>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${classOf(column)}>${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column, at) => drawCell(column, row, at === 0))}
            </tr> `,
        )}
      </tbody>
    </table>
    ${rest}`;
}

function drawCell<Row>(column: Column<Row>, row: Row, isName: boolean): Markup {
  const content = column.cell(row);
  return isName
    ? html`<th scope="row" ${classOf(column)}>${content}</th>`
    : html`<td${classOf(column)}>${content}</td>`;
}

function classOf<Row>({ isNumber }: Column<Row>): Markup {
  return isNumber === true ? html` class="number"` : NOTHING;
}

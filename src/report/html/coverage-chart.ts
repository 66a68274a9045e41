import { describeShare } from '../../core/quantity.ts';
import { drawDays, drawFrame, drawGridLine, placeAt } from './chart.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { pickFloor, round } from './scale.ts';

export interface CoveragePoint {
  readonly day: string;
  /** 0 to 1; null where it is not known. */
  readonly share: number | null;
  /** The night the page is about. */
  readonly isShown: boolean;
}

const HEIGHT = 190;

/** Which share of what was asked was answered, night by night. Does not begin at 0: the gaps are small and matter. */
export function drawCoverage(points: readonly CoveragePoint[]): Markup {
  const shares = points.flatMap(({ share }) => (share === null ? [] : [share]));
  const floor = pickFloor(shares);
  const y = (share: number): number => round(((1 - share) / (1 - floor)) * HEIGHT);
  return drawFrame(
    {
      id: 'coverage',
      title: 'Coverage, night by night',
      description: `Share of the entries that were answered on each of ${points.length} nights. At least ${describeShare(Math.min(1, ...shares))}.`,
      height: HEIGHT,
    },
    [
      ...[1, (1 + floor) / 2, floor].map((share) =>
        drawGridLine(y(share), `${Math.round(share * 100)}%`, share === floor),
      ),
      ...points.map((_, at) => drawLineTo(points, at, y)),
      ...points.map(({ day, share, isShown }, at) =>
        share === null
          ? NOTHING
          : html`<circle
              class="${isShown ? 'point shown' : 'point'}"
              cx="${placeAt(at, points.length)}%"
              cy="${y(share)}"
              r="${isShown ? 5 : 2.5}"
              ><title>${day}: ${describeShare(share)}</title></circle
            >`,
      ),
      drawDays(
        points.map(({ day }) => day),
        HEIGHT,
      ),
    ],
  );
}

/** From the point before; nothing where there is none. */
function drawLineTo(points: readonly CoveragePoint[], at: number, y: (share: number) => number): Markup {
  const from = points[at - 1]?.share ?? null;
  const to = points[at]?.share ?? null;
  if (from === null || to === null) return NOTHING;
  return html`<line
    class="line"
    x1="${placeAt(at - 1, points.length)}%"
    y1="${y(from)}"
    x2="${placeAt(at, points.length)}%"
    y2="${y(to)}"
  />`;
}

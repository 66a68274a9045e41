import { count } from '../../core/quantity.ts';
import { drawDays, drawFrame, drawGridLine, placeAt } from './chart.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { pickTicks, round } from './scale.ts';

export interface ChangesBar {
  readonly day: string;
  readonly granted: number;
  readonly revoked: number;
  /** The night the page is about. */
  readonly isShown: boolean;
}

const HEIGHT = 190;
/** Bars of fewer nights than that would be blocks. */
const FEW = 12;
/** Between grants and revocations, in pixels a side. */
const GAP = 1;

/** Roles granted, above the line, and revoked, below it, night by night; both to one scale. */
export function drawChanges(bars: readonly ChangesBar[]): Markup {
  const up = Math.max(0, ...bars.map(({ granted }) => granted));
  const down = Math.max(0, ...bars.map(({ revoked }) => revoked));
  const ticks = pickTicks(Math.max(up, down));
  const step = ticks[1] ?? 1;
  const above = Math.max(1, Math.ceil(up / step));
  const below = Math.max(1, Math.ceil(down / step));
  const unit = HEIGHT / (above + below) / step;
  const zero = above * step * unit;
  const lines = Array.from({ length: above + below + 1 }, (_, at) => (at - below) * step);
  return drawFrame(
    {
      id: 'changes',
      title: 'Role changes, night by night',
      description: `Roles granted and revoked on each of ${bars.length} nights. At most ${count(up)} granted and ${count(down)} revoked in one night.`,
      height: HEIGHT,
    },
    [
      ...lines.map((value) => drawGridLine(zero - value * unit, count(Math.abs(value)), value === 0)),
      ...bars.map((bar, at) =>
        drawBar(bar, placeAt(at, bars.length), 60 / Math.max(bars.length, FEW), zero, unit),
      ),
      html`<text class="granted name" x="4" y="4" dy="0.7em">granted ▲</text>`,
      html`<text class="revoked name" x="4" y="${HEIGHT - 6}">revoked ▼</text>`,
      drawDays(
        bars.map(({ day }) => day),
        HEIGHT,
      ),
    ],
  );
}

function drawBar(
  { day, granted, revoked, isShown }: ChangesBar,
  middle: number,
  width: number,
  zero: number,
  unit: number,
): Markup {
  const x = round(middle - width / 2);
  const bar = (kind: 'granted' | 'revoked', value: number, y: number): Markup =>
    value === 0
      ? NOTHING
      : html`<rect
          class="${kind}"
          x="${x}%"
          width="${round(width)}%"
          y="${round(y)}"
          height="${round(Math.max(1, value * unit - GAP))}"
        />`;
  return html`<g class="${isShown ? 'shown' : 'other'}"
    ><title>${day}: ${count(granted)} granted, ${count(revoked)} revoked</title
    >${bar('granted', granted, zero - granted * unit)}${bar('revoked', revoked, zero + GAP)}</g
  >`;
}

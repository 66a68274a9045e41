import { quantity } from '../../core/quantity.ts';
import { placeAt } from './chart.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { round } from './scale.ts';

const HEIGHT = 32;
/** So that the ends of the line are not cut off, in pixels. */
const MARGIN = 4;

/**
 * How many held one role, night by night, null before it was known: small, to stand in a row of a table that has the
 * name and the numbers. Begins at 0 and ends with a point.
 */
export function drawHolders(id: string, holders: readonly (number | null)[]): Markup {
  const known = holders.flatMap((value) => (value === null ? [] : [value]));
  const most = Math.max(1, ...known);
  const y = (value: number): number => round(MARGIN + (1 - value / most) * (HEIGHT - 2 * MARGIN));
  const last = holders.at(-1) ?? null;
  return html`<svg class="spark" role="img" aria-labelledby="${id}" height="${HEIGHT}">
    <title id="${id}">${describeHolders(known)}</title>
    <line class="grid" x1="0" x2="100%" y1="${HEIGHT - MARGIN}" y2="${HEIGHT - MARGIN}" />
    ${holders.map((_, at) => drawStep(holders, at, y))}${
      last === null
        ? NOTHING
        : html`<circle
            class="point shown"
            cx="${placeAt(holders.length - 1, holders.length)}%"
            cy="${y(last)}"
            r="3.5"
          />`
    }
  </svg>`;
}

/** What was true on a night stays so until the next: across, then up or down. */
function drawStep(holders: readonly (number | null)[], at: number, y: (value: number) => number): Markup {
  const from = holders[at - 1] ?? null;
  const to = holders[at] ?? null;
  if (from === null || to === null) return NOTHING;
  const left = `${placeAt(at - 1, holders.length)}%`;
  const right = `${placeAt(at, holders.length)}%`;
  const across = html`<line class="line" x1="${left}" x2="${right}" y1="${y(from)}" y2="${y(from)}" />`;
  if (from === to) return across;
  return html`${across}<line class="line" x1="${right}" x2="${right}" y1="${y(from)}" y2="${y(to)}" />`;
}

function describeHolders(known: readonly number[]): string {
  const first = known[0] ?? 0;
  const last = known.at(-1) ?? 0;
  const nights = quantity(known.length, 'night');
  return `From ${first} to ${quantity(last, 'holder')} over ${nights}; between ${Math.min(first, ...known)} and ${Math.max(first, ...known)}`;
}

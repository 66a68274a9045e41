import { html, type Markup } from './markup.ts';
import { pickLabels, round } from './scale.ts';

/**
 * Charts are as wide as the page: along them, places are percentages, and down them pixels. So text keeps its size on
 * every screen, and nothing has to be measured by a script.
 */
export interface Frame {
  readonly id: string;
  readonly title: string;
  /** What the chart says, for those who do not see it. */
  readonly description: string;
  /** Of the plot, in pixels, without what is written below it. */
  readonly height: number;
}

const BELOW = 24;
const ABOVE = 10;

export function drawFrame({ id, title, description, height }: Frame, content: readonly Markup[]): Markup {
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    height="${height + ABOVE + BELOW}"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    <svg y="${ABOVE}" height="${height}" overflow="visible">${content}</svg>
  </svg>`;
}

/** The middle of one of so many places along the chart, in percent. */
export function placeAt(at: number, places: number): number {
  return round(((at + 0.5) * 100) / places);
}

/** A line across, with what it stands for left of it. */
export function drawGridLine(y: number, label: string, isBase = false): Markup {
  return html`<line
      class="${isBase ? 'base' : 'grid'}"
      x1="0"
      x2="100%"
      y1="${round(y)}"
      y2="${round(y)}"
    /><text class="tick" x="-8" y="${round(y)}" dy="0.32em" text-anchor="end">${label}</text>`;
}

/** From so many places on, the outermost labels would stand out over the edges. */
const CLOSE = 7;

/** Days below the chart. */
export function drawDays(days: readonly string[], height: number): Markup {
  const labels = pickLabels(days.length).map((at) => {
    const edge =
      days.length < CLOSE ? 'middle' : at === 0 ? 'start' : at === days.length - 1 ? 'end' : 'middle';
    const x = edge === 'start' ? 0 : edge === 'end' ? 100 : placeAt(at, days.length);
    return html`<text class="tick" x="${x}%" y="${height + 20}" text-anchor="${edge}"
      >${days[at] ?? ''}</text
    >`;
  });
  return html`${labels}`;
}

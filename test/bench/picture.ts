import { htmlEscape } from 'escape-goat';
import type { Phase } from './phases.ts';
import { PARTS, type Part } from './processor-clock.ts';
import type { Result } from './series.ts';

const NAMES: Readonly<Record<Part, string>> = {
  contender: 'kore-sync',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  tenant: 'simulated account',
  reader: 'reader',
};

const WIDTH = 900;
const BAR = { left: 190, width: 690, height: 22, gap: 3 };
const NIGHT = { top: 84, height: 76 };
const LEGEND_STEP = 150;
/** Narrower than this, a phase has its name in its tooltip alone. */
const NAME_WIDTH = 44;

const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --faint: #59636e; --even: #d8dee4; --odd: #c2c9d1;
        --contender: #3b73b9; --postgres: #d9822b; --redis: #c0453f; --tenant: #9aa3ad; --reader: #4f9a57; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --even: #3d444d; --odd: #545d68;
          --contender: #6ea8f0; --postgres: #f0a050; --redis: #ee6f66; --tenant: #737d88; --reader: #6fc07a; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .faint { fill: var(--faint); }
  .name { font-size: 11px; text-anchor: middle; }`;

/**
 * Where the nights of the largest account went, as SVG: for each a bar of the clock, phase by phase, and under it one
 * of the processor time of the same phases, by who took it. On the first queue, in the first round.
 */
export function describePicture(results: readonly Result[], machine: string): string {
  const nights = chooseNights(results);
  const scale =
    BAR.width / Math.max(1e-9, ...nights.flatMap(({ phases }) => [sumClock(phases), sumProcessor(phases)]));
  const height = NIGHT.top + nights.length * NIGHT.height + 16;
  const title = `Where a night's time goes: ${nights[0]?.users.toLocaleString('en-US') ?? 'no'} users, queue in ${nights[0]?.queue ?? 'none'}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    htmlEscape`<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="var(--ground)"/>`,
    htmlEscape`<text x="12" y="24" font-weight="600">${title}</text>`,
    htmlEscape`<text x="12" y="42" class="faint">${machine}</text>`,
    ...PARTS.map(describeLegend),
    ...nights.map((night, index) => describeNight(night, NIGHT.top + index * NIGHT.height, scale)),
    '</svg>\n',
  ].join('\n');
}

interface DrawnNight extends Pick<Result, 'night' | 'queue' | 'users'> {
  readonly phases: readonly Phase[];
}

function chooseNights(results: readonly Result[]): DrawnNight[] {
  const product = results.filter(({ contender }) => contender === 'product');
  const users = Math.max(...product.map((result) => result.users));
  const queue = product.find((result) => result.users === users)?.queue;
  return product
    .filter((result) => result.users === users && result.queue === queue)
    .map(({ night, queue, users, measurements: [first] }) => ({
      night,
      queue,
      users,
      phases: first?.phases ?? [],
    }));
}

function describeLegend(part: Part, index: number): string {
  const x = 12 + index * LEGEND_STEP;
  return [
    `<rect x="${x}" y="55" width="12" height="12" fill="var(--${part})"/>`,
    htmlEscape`<text x="${x + 18}" y="66">${NAMES[part]}</text>`,
  ].join('');
}

function describeNight({ night, phases }: DrawnNight, top: number, scale: number): string {
  const [clock, processor] = [sumClock(phases), sumProcessor(phases)];
  const lower = top + BAR.height + BAR.gap;
  return [
    htmlEscape`<text x="12" y="${top + 15}" font-weight="600">${night}</text>`,
    htmlEscape`<text x="${BAR.left - 8}" y="${top + 15}" text-anchor="end">${describeSeconds(clock)}</text>`,
    htmlEscape`<text x="${BAR.left - 8}" y="${lower + 15}" text-anchor="end" class="faint">processor ${describeSeconds(processor)}</text>`,
    ...describeClock(phases, top, scale),
    ...describeProcessor(phases, lower, scale),
  ].join('\n');
}

function describeClock(phases: readonly Phase[], y: number, scale: number): string[] {
  let x = BAR.left;
  return phases.map(({ name, seconds }, index) => {
    const width = seconds * scale;
    const shade = index % 2 === 0 ? 'even' : 'odd';
    const bar = describeBar({ x, y, width }, shade, `${name}: ${describeSeconds(seconds)}`);
    const label = htmlEscape`<text x="${x + width / 2}" y="${y + 15}" class="name">${name}</text>`;
    x += width;
    return width < NAME_WIDTH ? bar : bar + label;
  });
}

function describeProcessor(phases: readonly Phase[], y: number, scale: number): string[] {
  let x = BAR.left;
  return phases.flatMap(({ name, processor }) => {
    const bars = PARTS.flatMap((part) => {
      const seconds = processor?.[part] ?? 0;
      const width = seconds * scale;
      const bar = describeBar({ x, y, width }, part, `${name}, ${NAMES[part]}: ${describeSeconds(seconds)}`);
      x += width;
      return seconds > 0 ? [bar] : [];
    });
    // Where one phase ends and the next begins.
    return [...bars, describeBar({ x: x - 0.75, y, width: 1.5 }, 'ground', name)];
  });
}

function describeBar(
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  colour: string,
  tooltip: string,
): string {
  return htmlEscape`<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" fill="var(--${colour})"><title>${tooltip}</title></rect>`;
}

function sumClock(phases: readonly Phase[]): number {
  return phases.reduce((sum, { seconds }) => sum + seconds, 0);
}

function sumProcessor(phases: readonly Phase[]): number {
  return phases.reduce(
    (sum, { processor }) => sum + PARTS.reduce((total, part) => total + (processor?.[part] ?? 0), 0),
    0,
  );
}

function describeSeconds(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`;
}

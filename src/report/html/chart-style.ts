import { html } from './markup.ts';

export const CHART_STYLE = html`<style>
  .swatch {
    display: inline-block;
    width: 0.75rem;
    height: 0.75rem;
    margin-right: 0.375rem;
    border-radius: 0.125rem;
  }
  .found {
    fill: var(--good);
    background: var(--good);
  }
  .absent {
    fill: var(--soft);
    background: var(--soft);
  }
  .unanswered {
    fill: var(--rust);
    background: var(--rust);
  }
  svg {
    display: block;
    overflow: visible;
  }
  .answers,
  .spark {
    width: 100%;
  }
  .answers {
    border-radius: 0.25rem;
    overflow: hidden;
  }
  .chart {
    width: calc(100% - 3rem);
    margin-left: 3rem;
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
    gap: 1.75rem 2.5rem;
  }
  .grid {
    stroke: var(--rule);
  }
  .base {
    stroke: var(--soft);
  }
  .tick {
    fill: var(--soft);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .name {
    font-size: 12px;
    font-weight: 600;
  }
  .chart .granted {
    fill: var(--blue);
  }
  .chart .revoked {
    fill: var(--rust);
  }
  .other rect {
    opacity: 0.6;
  }
  .line {
    stroke: var(--blue);
    stroke-width: 2;
    stroke-linecap: round;
  }
  .point {
    fill: var(--blue);
  }
  .point.shown {
    stroke: var(--card);
    stroke-width: 2;
  }
</style>`;

import { html } from './markup.ts';

/** The page on a screen, wide or narrow. */
export const STYLE = html`<style>
  * {
    box-sizing: border-box;
  }
  html {
    -webkit-text-size-adjust: 100%;
  }
  body {
    margin: 0;
    background: var(--ground);
    color: var(--ink);
    font:
      16px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      sans-serif;
    overflow-wrap: anywhere;
    border-top: 6px solid var(--tone);
    print-color-adjust: exact;
    -webkit-print-color-adjust: exact;
  }
  header,
  main,
  footer {
    max-width: 64rem;
    margin: 0 auto;
    padding: 0 1.25rem;
  }
  header {
    padding-top: 2rem;
    padding-bottom: 0.5rem;
  }
  .kicker {
    margin: 0 0 0.5rem;
    color: var(--soft);
    font-size: 0.875rem;
    letter-spacing: 0.01em;
  }
  h1 {
    margin: 0 0 1rem;
    font-size: clamp(1.3125rem, 1rem + 1.5vw, 1.8125rem);
    line-height: 1.25;
    font-weight: 650;
    text-wrap: balance;
  }
  .verdict {
    display: inline-block;
    margin: 0;
    padding: 0.25rem 0.75rem;
    border: 1.5px solid var(--tone);
    border-radius: 1rem;
    color: var(--tone);
    font-weight: 600;
    font-size: 0.9375rem;
  }
  section {
    margin: 1.5rem 0;
    padding: 1.25rem 1.25rem 1.5rem;
    background: var(--card);
    border: 1px solid var(--rule);
    border-radius: 0.625rem;
  }
  h2 {
    margin: 0 0 0.75rem;
    font-size: 1.25rem;
    line-height: 1.3;
  }
  h3 {
    margin: 1.5rem 0 0.5rem;
    font-size: 1rem;
  }
  h2 + h3 {
    margin-top: 0.75rem;
  }
  .count {
    margin-left: 0.25rem;
    padding: 0.0625rem 0.5rem;
    border-radius: 0.75rem;
    background: var(--ground);
    border: 1px solid var(--rule);
    color: var(--soft);
    font-weight: 500;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  p {
    margin: 0.5rem 0;
  }
  .none {
    color: var(--soft);
  }
  .note {
    padding: 0.625rem 0.875rem;
    border-left: 3px solid var(--rule);
    background: var(--ground);
  }
  .note.bad {
    border-color: var(--bad);
    background: var(--bad-soft);
  }
  ul.note {
    margin: 0.5rem 0;
    padding-left: 2rem;
  }
  .banner {
    margin: 1.5rem 0;
    padding: 0.875rem 1.25rem;
    border: 2px dashed var(--tone);
    border-radius: 0.625rem;
    font-weight: 600;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    table-layout: fixed;
    font-size: 0.9375rem;
  }
  caption {
    padding: 0 0 0.375rem;
    color: var(--soft);
    font-size: 0.875rem;
    text-align: left;
  }
  th,
  td {
    padding: 0.4375rem 0.75rem 0.4375rem 0;
    border-bottom: 1px solid var(--rule);
    text-align: left;
    vertical-align: top;
    font-weight: 400;
  }
  th:last-child,
  td:last-child {
    padding-right: 0;
  }
  thead th {
    color: var(--soft);
    font-size: 0.8125rem;
    font-weight: 600;
    border-bottom-width: 2px;
    vertical-align: bottom;
  }
  tbody tr:last-child > * {
    border-bottom: 0;
  }
  .number {
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  small {
    display: block;
    color: var(--soft);
    font-size: 0.8125rem;
  }
  .more {
    color: var(--soft);
    font-size: 0.875rem;
  }
  code {
    font:
      0.875em/1.4 ui-monospace,
      SFMono-Regular,
      Menlo,
      Consolas,
      monospace;
  }
  .badge {
    display: inline-block;
    padding: 0 0.5rem;
    border-radius: 0.25rem;
    font-size: 0.8125rem;
    font-weight: 600;
  }
  .badge.granted {
    color: var(--blue);
    background: var(--blue-soft);
  }
  .badge.revoked {
    color: var(--rust);
    background: var(--rust-soft);
  }
  .badge.changed {
    color: var(--plum);
    background: var(--plum-soft);
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
    gap: 0.75rem 1.5rem;
    margin: 1.25rem 0 0;
  }
  dt {
    color: var(--soft);
    font-size: 0.8125rem;
  }
  dd {
    margin: 0;
  }
  .key,
  .tally {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
    gap: 0.375rem 1.5rem;
    margin: 0.5rem 0 0;
    padding: 0;
    list-style: none;
  }
  .key li > span:last-child {
    color: var(--soft);
    font-size: 0.875rem;
  }
  figure {
    margin: 0;
    min-width: 0;
  }
  figcaption {
    font-weight: 600;
    margin-bottom: 0.25rem;
  }
  figure:has(.answers) {
    margin-top: 0.875rem;
  }
  figure:has(.answers) figcaption {
    margin: 0.375rem 0 0;
    font-weight: 400;
  }
  details {
    margin-top: 1.25rem;
  }
  summary {
    cursor: pointer;
    color: var(--blue);
    font-size: 0.9375rem;
  }
  details table {
    margin-top: 0.75rem;
  }
  footer {
    padding-bottom: 2rem;
    color: var(--soft);
    font-size: 0.875rem;
  }
  @media (max-width: 30rem) {
    header,
    main,
    footer {
      padding-left: 0.75rem;
      padding-right: 0.75rem;
    }
    section {
      padding: 1rem 0.875rem 1.125rem;
    }
    table {
      font-size: 0.875rem;
    }
    th,
    td {
      padding-right: 0.5rem;
    }
  }
</style>`;

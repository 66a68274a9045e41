import { html } from './markup.ts';

/** The page on paper. */
export const PRINT_STYLE = html`<style>
  @media print {
    body {
      font-size: 10pt;
      border-top: 0;
    }
    header,
    main,
    footer {
      max-width: none;
      padding-left: 0;
      padding-right: 0;
    }
    section {
      border: 0;
      border-top: 1px solid var(--rule);
      border-radius: 0;
      padding: 0.75rem 0 0;
      margin: 1rem 0 0;
    }
    h2,
    h3,
    caption,
    thead {
      break-after: avoid;
    }
    tr,
    figure,
    li,
    .banner {
      break-inside: avoid;
    }
    thead {
      display: table-header-group;
    }
    details:not([open]) {
      display: none;
    }
  }
</style>`;

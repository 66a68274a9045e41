import type { RunReading } from '../../store/reading/report.ts';
import { describeHeadline, describeVerdict, type LocalTime } from '../headline.ts';
import { CHART_STYLE } from './chart-style.ts';
import { drawFindings } from './findings.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { drawJoinersAndLeavers, drawOtherChanges, drawUnconfirmed } from './people.ts';
import { PRINT_STYLE } from './print-style.ts';
import { drawRoleChanges } from './role-changes.ts';
import { drawSection } from './section.ts';
import { STYLE } from './style.ts';
import { THEME } from './theme.ts';
import { drawTrends } from './trends.ts';
import { drawVerdict } from './verdict.ts';

/** Nothing runs and nothing is fetched, whatever a name says. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** One run on one page of HTML that needs nothing else. `now`: when it was made, ISO 8601. */
export function drawPage(reading: RunReading, time: LocalTime, now: string): string {
  const { run } = reading;
  const day = time.describeDay(run.as_of ?? run.opened_at);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
        <link rel="icon" href="data:," />
        <title>Directory report, ${day}: run ${run.run_id}</title>
        ${THEME}${STYLE}${CHART_STYLE}${PRINT_STYLE}
      </head>
      <body class="${toneOf(run)}">
        <header>
          <p class="kicker">Directory report · ${day} · run ${run.run_id}</p>
          <h1>${describeHeadline(reading)}</h1>
          <p class="verdict">${describeVerdict(run)}</p>
        </header>
        <main>
          ${drawVerdict(reading, time)}${drawTrends(reading, time)}${drawOutcome(reading)}${drawSilence(reading, time)}${
            reading.findings === null ? NOTHING : drawFindings(reading.findings, run, time)
          }
        </main>
        <footer>
          <p>
            Made by kore-directory-sync on ${time.describeTime(now)}; all times are ${time.zone}. It names
            people: keep it as you would keep the database.
          </p>
        </footer>
      </body>
    </html> `;
  return page.toString();
}

function toneOf({ status, partial }: RunReading['run']): 'good' | 'fair' | 'bad' {
  if (status === 'failed' || status === 'held' || status === 'rejected') return 'bad';
  return status === 'published' && partial !== true ? 'good' : 'fair';
}

function drawOutcome({ run, outcome }: RunReading): Markup {
  if (outcome.is === 'dropped' || outcome.is === 'denied') {
    return drawSection('roles', 'Planned changes', html`<p class="none">${UNREAD[outcome.is]}</p>`);
  }
  if (outcome.is !== 'published' && outcome.is !== 'planned') return NOTHING;
  const isPlan = outcome.is === 'planned';
  const view = isPlan ? 'planned_changes' : 'directory.changes';
  const context = { isPlan, source: `SELECT * FROM ${view} WHERE run_id = ${run.run_id}` };
  return html`${isPlan ? drawBanner(run) : NOTHING}${drawRoleChanges(outcome.changes, context)}${drawJoinersAndLeavers(outcome.changes, context)}${drawOtherChanges(outcome.changes.counts, isPlan)}`;
}

function drawBanner({ run_id, status, dry_run }: RunReading['run']): Markup {
  const wayOut =
    status === 'held' && !dry_run
      ? html` It waits for a person: <code>kore-sync runs show ${run_id}</code> says how to decide.`
      : NOTHING;
  return html`<p class="banner">
    The changes below are a plan. None of it was published: the directory stands as it was before.${wayOut}
  </p>`;
}

const UNREAD = {
  dropped:
    'The plan was dropped: plans are kept while somebody can decide on them, and those of dry runs until the next run.',
  denied: 'Plans are no part of schema directory: the owner of the database can read them.',
} as const;

function drawSilence({ run, unconfirmed }: RunReading, time: LocalTime): Markup {
  if (unconfirmed === null) return NOTHING;
  const at = run.as_of ?? '';
  const source = `SELECT * FROM directory.unconfirmed WHERE valid_from <= '${at}' AND (valid_to IS NULL OR valid_to > '${at}')`;
  return drawUnconfirmed(unconfirmed, run.unanswered, source, time);
}

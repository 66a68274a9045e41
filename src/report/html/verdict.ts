import { count, describeShare, quantity } from '../../core/quantity.ts';
import type { LocalTime } from '../headline.ts';
import type { RunReading } from '../../store/reading/report.ts';
import { html, NOTHING, quoted, type Markup } from './markup.ts';
import { drawSection } from './section.ts';
import { round } from './scale.ts';

/** Why it ended as it did, what was asked, and how much of it was answered. */
export function drawVerdict(reading: RunReading, time: LocalTime): Markup {
  const { run, outcome } = reading;
  return drawSection(
    'verdict',
    'Verdict and coverage',
    html`${drawReasons(run.reasons)}${drawDecision(run, time)}${
      outcome.is === 'unfinished' && outcome.error !== null
        ? html`<p class="note bad">${outcome.error}</p>`
        : NOTHING
    }${drawAnswers(run)}${drawFacts(reading, time)}`,
  );
}

function drawReasons(reasons: readonly string[]): Markup {
  if (reasons.length === 0) return NOTHING;
  return html`<p>The guard found, against the limits that were set for that night:</p>
    <ul class="note bad">
      ${reasons.map((reason) => html`<li>${reason}</li>`)}
    </ul>`;
}

function drawDecision(
  { decided_by, decided_at, decision_reason, status }: RunReading['run'],
  time: LocalTime,
): Markup {
  if (decided_by === null || decided_at === null) return NOTHING;
  const word = status === 'rejected' ? 'Rejected' : 'Approved';
  const reason = decision_reason === null ? NOTHING : html`: “${quoted(decision_reason)}”`;
  return html`<p class="note">
    ${word} by ${quoted(decided_by)}, ${time.describeTime(decided_at)}${reason}
  </p>`;
}

/** One bar, whose parts are all that was asked. */
function drawAnswers({ found, absent, unanswered, coverage }: RunReading['run']): Markup {
  const asked = found + absent + unanswered;
  if (asked === 0) return html`<p>Nothing was answered.</p>`;
  const parts = [
    { name: 'found', value: found, meaning: 'answered: the user and their roles' },
    { name: 'absent', value: absent, meaning: 'answered: no such user' },
    { name: 'unanswered', value: unanswered, meaning: 'no usable answer: nothing about them was changed' },
  ];
  let x = 0;
  const bars = parts.map(({ name, value }) => {
    const width = (100 * value) / asked;
    const bar = html`<rect class="${name}" x="${round(x)}%" width="${round(width)}%" height="18" />`;
    x += width;
    return bar;
  });
  return html`<figure>
      <svg class="answers" role="img" aria-labelledby="answers-title answers-desc" height="18">
        <title id="answers-title">Coverage ${describeShare(coverage)}</title>
        <desc id="answers-desc">
          ${parts.map(({ name, value }) => `${count(value)} ${name}`).join(', ')} of ${count(asked)} asked
          about.
        </desc>
        ${bars}
      </svg>
      <figcaption>
        Coverage <strong>${describeShare(coverage)}</strong> of ${count(asked)} asked about
      </figcaption>
    </figure>
    <ul class="key">
      ${parts.map(({ name, value, meaning }) => html`<li><span class="swatch ${name}"></span><strong>${count(value)} ${name}</strong> <span>${meaning}</span></li>`)}
    </ul>`;
}

function drawFacts({ run }: RunReading, time: LocalTime): Markup {
  const facts: readonly (readonly [string, string])[] = [
    [
      'Run',
      `${run.run_id} (${run.run_key})${run.scope === 'retry' ? ', asks again what another left unanswered' : ''}`,
    ],
    ['Opened', time.describeTime(run.opened_at)],
    ['As of', run.as_of === null ? 'nothing' : time.describeTime(run.as_of)],
    ['Published', run.published_at === null ? 'no' : time.describeTime(run.published_at)],
    [
      'Roster',
      `${quantity(run.entries, 'entry', 'entries')}, ${count(run.rejected)} rejected, ${quantity(run.duplicates, 'duplicate')}`,
    ],
  ];
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

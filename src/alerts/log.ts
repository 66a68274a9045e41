import type { AlertFacts } from '../core/alert-facts.ts';
import type { Severity } from '../core/alert-rule.ts';
import type { SendOutcome } from '../core/delivery.ts';
import { composeDigest } from '../core/digest.ts';
import { toPlainText } from '../core/digest-words.ts';

type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** A log that prints an alert whatever the level of the rest. */
export type AlertLog = Readonly<Record<'info' | 'warn' | 'error', LogLine>>;

const LEVELS = { info: 'info', warning: 'warn', critical: 'error' } as const satisfies Record<
  Severity,
  keyof AlertLog
>;

/** For an installation without another channel, and for one whose logs are watched. */
export function createLogChannel(log: AlertLog): (facts: AlertFacts) => Promise<SendOutcome> {
  return (facts) => {
    const { title, people, rest, intro, lookCloser } = composeDigest(facts);
    const { rule, severity, key, run, event, counts } = facts;
    const fields = {
      ...(run !== null && { runId: run.id }),
      rule,
      severity,
      idempotencyKey: key,
      ...(event === null ? counts.byKind : { event: event.kind }),
      changes: people.flatMap(({ who, lines, more }) => [
        ...lines.map((line) => `${toPlainText(who)}: ${toPlainText(line)}`),
        ...(more > 0 ? [`${toPlainText(who)}: and ${more} more`] : []),
      ]),
      rest: rest.map(toPlainText),
    };
    const detail = event === null ? '' : ` ${intro.slice(0, -1).map(toPlainText).join(' ')}`;
    const place = run === null ? '' : `[run ${run.id}] `;
    log[LEVELS[severity]](
      fields,
      `${place}alert ${rule}: ${title}.${detail} Look closer: ${lookCloser.sql ?? lookCloser.command}`,
    );
    return Promise.resolve({ ok: true, receipt: null });
  };
}

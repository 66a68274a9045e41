import { domainToASCII } from 'node:url';
import { htmlEscape } from 'escape-goat';
import { createTransport } from 'nodemailer';
import type { ChannelConfig } from '../core/alert-channel.ts';
import type { AlertFacts } from '../core/alert-facts.ts';
import type { Receipt, SendOutcome } from '../core/delivery.ts';
import { composeDigest, type Digest } from '../core/digest.ts';
import { toPlainText, type Words } from '../core/digest-words.ts';
import type { Secret } from '../core/secret.ts';
import type { Sending } from './channel.ts';
import { describeSmtpError, readRefusals, type Refusal } from './smtp-reply.ts';

type EmailConfig = Extract<ChannelConfig, { kind: 'email' }>;

/** Of the whole conversation. */
const TIMEOUT_MS = 45_000;
const PHASE_MS = 10_000;

/**
 * One mail to all recipients. Where the server takes it for some, an attempt that follows is for those alone who
 * were refused for now; who was refused for good stands in the receipt, and holds up nobody.
 */
export function createEmailChannel(
  config: EmailConfig,
): (facts: AlertFacts, sending: Sending) => Promise<SendOutcome> {
  return async (facts, { receipt, signal }) => {
    const earlier = readReceipt(receipt);
    const settled = new Set([...earlier.accepted, ...earlier.refused.map(({ to }) => to)]);
    const to = config.to.filter((recipient) => !settled.has(recipient));
    if (to.length === 0) return judge(earlier, []);
    const transport = createTransport(toTransportOptions(config.smtp));
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const { accepted, rejectedErrors = [] } = await transport.sendMail({
        ...composeMail(config, facts),
        envelope: { from: config.from, to },
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      return judge(
        { ...earlier, accepted: [...earlier.accepted, ...accepted] },
        readRefusals(rejectedErrors),
      );
    } catch (error) {
      const failure = describeSmtpError(error);
      if (failure.refusals.length > 0) return judge(earlier, failure.refusals);
      return { ok: false, reason: failure.reason, isPermanent: failure.isPermanent, receipt };
    } finally {
      transport.close();
    }
  };
}

interface MailReceipt {
  readonly accepted: readonly string[];
  /** For good. */
  readonly refused: readonly { readonly to: string; readonly reply: string }[];
}

/** As an earlier attempt left it; whatever else it may be says that nobody has been written to. */
function readReceipt(receipt: Receipt): MailReceipt {
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return {
    accepted: listOf(receipt?.['accepted']).filter((to) => typeof to === 'string'),
    refused: listOf(receipt?.['refused']).flatMap((refusal) => {
      if (typeof refusal !== 'object' || refusal === null || !('to' in refusal)) return [];
      return [{ to: String(refusal.to), reply: 'reply' in refusal ? String(refusal.reply) : '' }];
    }),
  };
}

function judge(earlier: MailReceipt, refusals: readonly Refusal[]): SendOutcome {
  const deferred = refusals.filter(({ isPermanent }) => !isPermanent);
  const refused = [
    ...earlier.refused,
    ...refusals.filter(({ isPermanent }) => isPermanent).map(({ to, reply }) => ({ to, reply })),
  ];
  const receipt = { accepted: earlier.accepted, refused };
  if (deferred.length > 0) {
    const reason = `${deferred.length} of the recipients refused for now (${deferred[0]?.reply ?? ''})`;
    return { ok: false, reason, isPermanent: false, receipt };
  }
  if (receipt.accepted.length > 0) return { ok: true, receipt };
  return {
    ok: false,
    reason: `all recipients refused (${refused[0]?.reply ?? ''})`,
    isPermanent: true,
    receipt,
  };
}

/** The password goes over TLS or not at all, unless the server is on this machine. */
function toTransportOptions(smtp: Secret) {
  const { protocol, hostname, port, username, password } = new URL(smtp.reveal());
  const host = hostname.replace(/^\[|\]$/g, '');
  const isSecure = protocol === 'smtps:';
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return {
    host,
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: username !== '' && !isLoopback,
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    dnsTimeout: PHASE_MS,
    connectionTimeout: PHASE_MS,
    greetingTimeout: PHASE_MS,
    socketTimeout: 2 * PHASE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * Threads by rule: all mails of a rule refer to one that was never sent, which mail programs show as their
 * beginning. No header holds a name from the directory.
 */
function composeMail({ from, to }: EmailConfig, facts: AlertFacts) {
  const digest = composeDigest(facts);
  const domain = domainToASCII(from.slice(from.lastIndexOf('@') + 1)) || 'localhost';
  const thread = `<rule.${facts.rule}@${domain}>`;
  return {
    from: { name: 'kore-sync', address: from },
    to: [...to],
    subject: `[kore-sync] ${digest.severity === 'critical' ? 'CRITICAL: ' : ''}${digest.title}, rule ${digest.rule}`,
    messageId: `<${facts.key}@${domain}>`,
    ...(!facts.isSample && { inReplyTo: thread, references: [thread] }),
    headers: {
      // RFC 3834: no out-of-office answers.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-Id': `<${facts.rule}.kore-sync.${domain}>`,
      'X-Kore-Sync-Key': facts.key,
    },
    ...(digest.severity === 'critical' && { priority: 'high' as const }),
    text: toText(digest),
    html: toHtml(digest),
  };
}

function toText({ title, intro, people, rest, lookCloser }: Digest): string {
  return [
    title,
    '',
    ...intro.map(toPlainText),
    ...people.flatMap(({ who, lines, more }) => [
      '',
      toPlainText(who),
      ...lines.map((line) => `  - ${toPlainText(line)}`),
      ...(more > 0 ? [`  - and ${more} more`] : []),
    ]),
    '',
    ...rest.map(toPlainText),
    'Look closer:',
    `  ${lookCloser.command}`,
    ...(lookCloser.sql === null ? [] : [`  ${lookCloser.sql}`]),
    '',
  ].join('\n');
}

function toHtml({ title, intro, people, rest, lookCloser }: Digest): string {
  const ways = [lookCloser.command, lookCloser.sql].filter((way) => way !== null);
  return [
    '<!doctype html><html lang="en"><body style="font-family: sans-serif">',
    `<h2>${htmlEscape(title)}</h2>`,
    ...intro.map((words) => `<p>${wordsToHtml(words)}</p>`),
    ...people.map(
      ({ who, lines, more }) =>
        `<p><b>${wordsToHtml(who)}</b></p><ul>${[
          ...lines.map(wordsToHtml),
          ...(more > 0 ? [`and ${more} more`] : []),
        ]
          .map((line) => `<li>${line}</li>`)
          .join('')}</ul>`,
    ),
    ...rest.map((words) => `<p>${wordsToHtml(words)}</p>`),
    `<p>Look closer:</p>${ways.map((way) => `<pre>${htmlEscape(way)}</pre>`).join('')}`,
    '</body></html>',
  ].join('\n');
}

/** Names stand in code, and a mail program that turns addresses into links finds them marked as what they are. */
function wordsToHtml(words: Words): string {
  return words
    .map((word) => (typeof word === 'string' ? htmlEscape(word) : `<code>${htmlEscape(word.name)}</code>`))
    .join('');
}

import type { AlertFacts } from '../core/alert-facts.ts';
import type { ChannelConfig } from '../core/alert-channel.ts';
import type { Severity } from '../core/alert-rule.ts';
import type { SendOutcome } from '../core/delivery.ts';
import { composeDigest, type Digest, type DigestPerson } from '../core/digest.ts';
import type { Words } from '../core/digest-words.ts';
import { post } from '../http/post.ts';
import type { Sending } from './channel.ts';

type SlackConfig = Extract<ChannelConfig, { kind: 'slack' }>;

/** An incoming webhook. Slack has no idempotency key: a repeat shows the same one in its last line. */
export function createSlackChannel({
  url,
}: SlackConfig): (facts: AlertFacts, sending: Sending) => Promise<SendOutcome> {
  return async (facts, { signal }) => {
    const outcome = await post({
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(toSlackMessage(facts)),
      ...(signal !== undefined && { signal }),
    });
    return outcome.ok ? { ok: true, receipt: { status: outcome.status } } : outcome;
  };
}

export interface SlackMessage {
  /** What a notification shows. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: Markdown }
  | { readonly type: 'context'; readonly elements: readonly Markdown[] };

/** Verbatim: no address, channel or person is looked for in it. */
interface Markdown {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

/** https://docs.slack.dev/reference/block-kit/blocks, 2026-11: a message has 50 blocks, a section 3000 characters. */
const MAX_BLOCKS = 50;
const MAX_SECTION = 3_000;

const SIGNS: Readonly<Record<Severity, string>> = {
  info: '\u2139',
  warning: '\u26A0',
  critical: '\u{1F6A8}',
};

/** Block Kit, within Slack's limits whatever the alert holds. */
export function toSlackMessage(facts: AlertFacts): SlackMessage {
  const digest = composeDigest(facts);
  const title = `${SIGNS[digest.severity]} ${digest.title}`;
  const last: SlackBlock = { type: 'context', elements: [markdown(describeOrigin(facts, digest))] };
  const middle = [
    ...digest.intro.map(toMarkdown),
    ...digest.people.map(describePerson),
    ...digest.rest.map(toMarkdown),
  ];
  const sections = packSections(middle).map((text): SlackBlock => ({
    type: 'section',
    text: markdown(text),
  }));
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...sections.slice(0, MAX_BLOCKS - 2),
      last,
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

function describePerson({ who, lines, more }: DigestPerson): string {
  return [
    `*${toMarkdown(who)}*`,
    ...lines.map((line) => `• ${toMarkdown(line)}`),
    ...(more > 0 ? [`• and ${more} more`] : []),
  ].join('\n');
}

function describeOrigin({ key }: AlertFacts, { lookCloser }: Digest): string {
  const ways = [lookCloser.command, lookCloser.sql].filter((way) => way !== null).map((way) => `\`${way}\``);
  return `Look closer: ${ways.join(' or ')}. Alert ${key}`;
}

/** As few sections as hold the paragraphs. A paragraph too long for one is cut at the end of a line. */
function packSections(paragraphs: readonly string[]): readonly string[] {
  const sections: string[] = [];
  for (const line of paragraphs.flatMap((paragraph) => `${paragraph}\n`.split('\n'))) {
    const last = sections.at(-1);
    if (last === undefined || last.length + 1 + line.length > MAX_SECTION) sections.push(line);
    else sections[sections.length - 1] = `${last}\n${line}`;
  }
  return sections.map((section) => section.trim()).filter((section) => section !== '');
}

function markdown(text: string): Markdown {
  return { type: 'mrkdwn', text, verbatim: true };
}

function toMarkdown(words: Words): string {
  return words.map((word) => (typeof word === 'string' ? word : showName(word.name))).join('');
}

/**
 * Names stand in code: there Slack looks for no formatting, no mention and no link. The three signs that it reads
 * anywhere are escaped, and what would end the code is replaced.
 */
function showName(name: string): string {
  // Escaped, a name may be five times as long; so long that a line with a dozen of them still fits a section.
  const maxLength = Math.max(MAX_ESCAPED_NAME, 2 * name.length);
  let shown = '';
  for (const character of name) {
    const escaped = ESCAPES.get(character) ?? character;
    if (shown.length + escaped.length >= maxLength) {
      shown += '…';
      break;
    }
    shown += escaped;
  }
  return `\`${shown === '' ? ' ' : shown}\``;
}

const MAX_ESCAPED_NAME = 200;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['`', '\u02CB'],
]);

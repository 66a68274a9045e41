import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSlackChannel, toSlackMessage, type SlackMessage } from '../../src/alerts/slack.ts';
import { Secret } from '../../src/core/secret.ts';
import { alertFacts, alertItem, FORGED } from '../support/alert-facts.ts';
import { startHttpServer, type Respond } from '../support/http-server.ts';

const PATH = '/services/T000/B000/verysecretpart';

async function startSlack(respond: Respond) {
  const server = await startHttpServer(respond);
  onTestFinished(() => server.close());
  return createSlackChannel({ name: 'slack', kind: 'slack', url: new Secret(`${server.origin}${PATH}`) });
}

function textsOf({ blocks }: SlackMessage): string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'context') return block.elements.map(({ text }) => text);
    return [block.text.text];
  });
}

/** What Slack would look for formatting, mentions and links in: everything outside of code. */
function outsideOfCode(text: string): string {
  return text.replaceAll(/`[^`\n]*`/g, '');
}

describe('Slack', () => {
  test('is posted one message in Block Kit', async () => {
    const bodies: unknown[] = [];
    const send = await startSlack(({ path, body }, response) => {
      bodies.push({ path, ...JSON.parse(body) });
      response.end('ok');
    });
    expect(await send(alertFacts(), { receipt: null })).toEqual({ ok: true, receipt: { status: 200 } });
    expect(bodies).toEqual([{ path: PATH, ...toSlackMessage(alertFacts()) }]);
    const texts = textsOf(toSlackMessage(alertFacts()));
    expect(texts[0]).toContain('1 role change (run 7)');
    expect(texts.join('\n')).toContain('granted `Master Admin` on the account, directly');
    expect(texts.at(-1)).toContain('`kore-sync runs show 7`');
    expect(texts.at(-1)).toContain(alertFacts().key);
  });

  test.each<[string, Respond, object]>([
    ['an error of the server', (_, response) => response.writeHead(500).end(), { isPermanent: false }],
    [
      'too many requests',
      (_, response) => response.writeHead(429, { 'retry-after': '30' }).end(),
      { isPermanent: false, retryAfterMs: 30_000 },
    ],
    [
      'a webhook that is gone',
      (_, response) => response.writeHead(404).end('no_service'),
      { isPermanent: true, reason: 'HTTP 404: no_service' },
    ],
    [
      'an echo of the address',
      ({ path }, response) => response.writeHead(400).end(`Cannot POST ${path}`),
      { isPermanent: true, reason: 'HTTP 400' },
    ],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'https://elsewhere.example' }).end(),
      { isPermanent: true },
    ],
    ['a closed connection', (_, response) => response.destroy(), { isPermanent: false }],
  ])('that answers with %s', async (_, respond, expected) => {
    const send = await startSlack(respond);
    const outcome = await send(alertFacts(), { receipt: null });
    expect(outcome).toMatchObject({ ok: false, ...expected });
    expect(JSON.stringify(outcome)).not.toMatch(/verysecretpart|127\.0\.0\.1/);
  });

  test('that does not answer is left alone when the process ends', async () => {
    const send = await startSlack(() => undefined);
    const outcome = await send(alertFacts(), { receipt: null, signal: AbortSignal.timeout(50) });
    expect(outcome).toMatchObject({ ok: false, isPermanent: false });
  });

  test.each(Object.entries(FORGED))('is shown the %s of a forged name as code', (_, forged) => {
    const item = alertItem({
      email: forged,
      userId: forged,
      roleName: forged,
      after: { direct: false, via_groups: [forged] },
    });
    const event = { kind: 'failed', detail: forged } as const;
    for (const facts of [alertFacts([item], { account: forged }), alertFacts([], { event })]) {
      const message = toSlackMessage(facts);
      const text = textsOf(message).join('\n');
      expect(`${text}${message.text}`).not.toMatch(/[<>]/);
      expect(outsideOfCode(text)).not.toMatch(/@here|evil|_it_|~gone~|\*bold\*|Bcc|script|\u202E/);
    }
  });

  test('is shown a reason to its end, also where signs in it are escaped, and what is cut ends with a sign of that', () => {
    const detail = `Give the app the scope "User Management > User Management". ${'Compare both. '.repeat(20)}Done.`;
    const show = (text: string) =>
      textsOf(toSlackMessage(alertFacts([], { event: { kind: 'failed', detail: text } }))).join('\n');
    expect(show(detail)).toContain(`\`${detail.replace('>', '&gt;')}\``);
    expect(show('&'.repeat(900))).toContain('&amp;…`');
  });

  test('takes a line of the longest names there can be', () => {
    const name = '&'.repeat(300);
    const side = { direct: true, via_groups: Array.from({ length: 9 }, () => name) };
    const item = alertItem({
      kind: 'role_source_changed',
      scope: 'bot',
      email: name,
      roleName: name,
      botName: name,
      before: side,
      after: side,
    });
    const event = { kind: 'failed', detail: name.repeat(9) } as const;
    for (const facts of [alertFacts([item]), alertFacts([], { event })]) {
      const lengths = textsOf(toSlackMessage(facts)).map((text) => text.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(3_000);
    }
  });

  test('takes a message of any alert: 50 blocks, 3000 characters each, none of them empty', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 3_000 });
    const items = fc.array(
      fc.record({ email: name, roleName: name, groups: fc.array(name, { maxLength: 9 }), userId: name }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(items, (drawn) => {
        const facts = alertFacts(
          drawn.map(({ groups, ...fields }) =>
            alertItem({ ...fields, after: { direct: true, via_groups: groups } }),
          ),
        );
        const message = toSlackMessage(facts);
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        for (const text of textsOf(message)) {
          expect(text).not.toBe('');
          expect(text.length).toBeLessThanOrEqual(3_000);
          expect(outsideOfCode(text)).not.toMatch(/[<>`]/);
        }
      }),
      { numRuns: 50 },
    );
  });
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { createEmailChannel } from '../../src/alerts/email.ts';
import { Secret } from '../../src/core/secret.ts';
import { alertFacts, alertItem, FORGED } from '../support/alert-facts.ts';
import { findUnusedOrigin, startRawServer } from '../support/http-server.ts';
import { startMailServer } from '../support/mail-server.ts';

const TO = ['ops@example.com', 'audit@example.com', 'cto@example.com'];
const KEY = alertFacts().key;

function mailTo(url: string, to: readonly string[] = TO) {
  return createEmailChannel({
    name: 'email',
    kind: 'email',
    smtp: new Secret(url),
    from: 'kore@corp.example',
    to,
  });
}

describe('mail', () => {
  test('goes to all recipients as text and as HTML', async () => {
    const server = await startMailServer();
    const outcome = await mailTo(server.url)(alertFacts(), { receipt: null });
    expect(outcome).toEqual({ ok: true, receipt: { accepted: TO, refused: [] } });
    expect(server.received.map(({ recipients }) => recipients)).toEqual([TO]);
    const mail = server.received[0]?.mail;
    expect(mail?.subject).toBe('[kore-sync] 1 role change (run 7), rule role-changes');
    expect(mail?.text).toContain('granted Master Admin on the account, directly');
    expect(mail?.text).toContain('kore-sync runs show 7');
    expect(mail?.html).toContain('<code>Master Admin</code>');
  });

  test('is one thread per rule, says that no person wrote it, and has the key of the alert for its id', async () => {
    const server = await startMailServer();
    const send = mailTo(server.url);
    await send(alertFacts(), { receipt: null });
    await send(alertFacts([], { key: 'another', rule: 'nights', event: { kind: 'failed', detail: 'why' } }), {
      receipt: null,
    });
    const [first, second] = server.received.map(({ mail }) => mail);
    expect(first).toMatchObject({
      messageId: `<${KEY}@corp.example>`,
      inReplyTo: '<rule.role-changes@corp.example>',
      references: '<rule.role-changes@corp.example>',
    });
    expect(second?.references).toBe('<rule.nights@corp.example>');
    const headers = Object.fromEntries(first?.headers.map(({ key, value }) => [key, value]) ?? []);
    expect(headers).toMatchObject({
      'auto-submitted': 'auto-generated',
      'list-id': '<role-changes.kore-sync.corp.example>',
    });
  });

  test('leaves out whom the server refuses for good, and says so in its receipt', async () => {
    const server = await startMailServer({
      refuse: (to) => (to === TO[1] ? '550 5.1.1 <audit@example.com> unknown' : undefined),
    });
    const outcome = await mailTo(server.url)(alertFacts(), { receipt: null });
    const receipt = { accepted: [TO[0], TO[2]], refused: [{ to: TO[1], reply: '550 5.1.1' }] };
    expect(outcome).toEqual({ ok: true, receipt });
    expect(server.received.map(({ recipients }) => recipients)).toEqual([[TO[0], TO[2]]]);
  });

  test('is tried again with those alone who were refused for now', async () => {
    let isBusy = true;
    const server = await startMailServer({
      refuse: (to) => (to === TO[2] && isBusy ? '450 4.2.1 audit@example.com is busy' : undefined),
    });
    const send = mailTo(server.url);
    const first = await send(alertFacts(), { receipt: null });
    expect(first).toEqual({
      ok: false,
      isPermanent: false,
      reason: '1 of the recipients refused for now (450 4.2.1)',
      receipt: { accepted: [TO[0], TO[1]], refused: [] },
    });
    isBusy = false;
    const receipt = first.ok ? null : (first.receipt ?? null);
    expect(await send(alertFacts(), { receipt })).toEqual({
      ok: true,
      receipt: { accepted: TO, refused: [] },
    });
    expect(server.received.map(({ recipients }) => recipients)).toEqual([[TO[0], TO[1]], [TO[2]]]);
    expect(new Set(server.received.map(({ mail }) => mail.messageId)).size).toBe(1);
  });

  test.each([
    ['550 5.7.1 no', true],
    ['451 4.3.0 later', false],
  ])('that all recipients are answered with %s is given up: %s', async (reply, isPermanent) => {
    const server = await startMailServer({ refuse: () => reply });
    const outcome = await mailTo(server.url)(alertFacts(), { receipt: null });
    expect(outcome).toMatchObject({ ok: false, isPermanent });
  });

  test.each([
    ['554 5.7.1 spam from kore@corp.example', true],
    ['421 4.7.0 too many', false],
  ])('whose content is answered with %s is given up: %s', async (reply, isPermanent) => {
    const server = await startMailServer({ refuseMail: () => reply });
    const outcome = await mailTo(server.url)(alertFacts(), { receipt: null });
    expect(outcome).toMatchObject({ ok: false, isPermanent });
    expect(JSON.stringify(outcome)).not.toContain('kore@corp.example');
  });

  test('is tried again where nobody listens, and where the connection breaks', async () => {
    const unused = (await findUnusedOrigin()).replace('http:', 'smtp:');
    expect(await mailTo(unused)(alertFacts(), { receipt: null })).toMatchObject({
      ok: false,
      isPermanent: false,
    });

    const breaking = await startRawServer((socket) => socket.destroy());
    onTestFinished(() => breaking.close());
    const outcome = await mailTo(breaking.origin.replace('http:', 'smtp:'))(alertFacts(), {
      receipt: null,
      signal: AbortSignal.timeout(300),
    });
    expect(outcome).toMatchObject({ ok: false, isPermanent: false });
  });

  test.each(Object.entries(FORGED))(
    'shows the %s of a forged name as it is, and nothing else',
    async (_, forged) => {
      const server = await startMailServer();
      const item = alertItem({
        email: forged,
        roleName: forged,
        after: { direct: false, via_groups: [forged] },
      });
      await mailTo(server.url, ['ops@example.com'])(alertFacts([item], { account: forged }), {
        receipt: null,
      });
      const [{ mail, recipients } = { mail: undefined, recipients: [] }] = server.received;
      expect(recipients).toEqual(['ops@example.com']);
      const plain = await (async () => {
        const other = await startMailServer();
        await mailTo(other.url, ['ops@example.com'])(alertFacts(), { receipt: null });
        return other.received[0]?.mail.headers.map(({ key }) => key);
      })();
      expect(mail?.headers.map(({ key }) => key)).toEqual(plain);
      expect(mail?.subject).toBe('[kore-sync] 1 role change (run 7), rule role-changes');
      expect(mail?.html).not.toMatch(/<(?:script|img|a)\b/i);
      expect(`${mail?.text ?? ''}${mail?.html ?? ''}`).not.toMatch(/[\u202E]|\r?\nBcc:/);
    },
  );
});

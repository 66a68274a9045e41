import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWebhookChannel, toPayload } from '../../src/alerts/webhook.ts';
import { sampleFacts } from '../../src/core/alert-facts.ts';
import { Secret } from '../../src/core/secret.ts';
import { alertFacts, alertItem, FORGED } from '../support/alert-facts.ts';
import { startHttpServer, type ReceivedRequest } from '../support/http-server.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function startReceiver(status = 200) {
  const requests: ReceivedRequest[] = [];
  const server = await startHttpServer((request, response) => {
    requests.push(request);
    response.writeHead(status).end();
  });
  onTestFinished(() => server.close());
  const config = { name: 'siem', kind: 'webhook', url: new Secret(`${server.origin}/in`) } as const;
  return { requests, send: createWebhookChannel({ ...config, secret: new Secret(SECRET) }) };
}

describe('a signed webhook', () => {
  test('is what the library of the Standard Webhooks verifies', async () => {
    const { requests, send } = await startReceiver();
    expect(await send(alertFacts(), { receipt: null })).toEqual({ ok: true, receipt: { status: 200 } });
    const [request] = requests;
    const headers = Object.fromEntries(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({ 'webhook-id': alertFacts().key, 'content-type': 'application/json' });
    expect(new Webhook(SECRET).verify(request?.body ?? '', headers)).toEqual(toPayload(alertFacts()));
    expect(() => new Webhook(SECRET).verify(`${request?.body ?? ''} `, headers)).toThrow('signature');
  });

  test('has the same key and body each time it is sent', async () => {
    const { requests, send } = await startReceiver(503);
    const outcome = await send(alertFacts(), { receipt: null });
    expect(outcome).toEqual({ ok: false, isPermanent: false, reason: 'HTTP 503' });
    await send(alertFacts(), { receipt: null });
    const sent = requests.map(({ headers, body }) => ({ key: headers['webhook-id'], body }));
    expect(sent[0]).toEqual(sent[1]);
  });

  test('carries the payload that docs/alerts.md promises', () => {
    expect(toPayload(alertFacts())).toEqual({
      type: 'changes',
      timestamp: '2026-11-21T02:05:01.000Z',
      data: {
        rule: 'role-changes',
        severity: 'warning',
        title: '1 role change (run 7)',
        account: 'https://platform.kore.ai',
        run: { id: '7', key: 'nightly-20261121T020000Z', as_of: '2026-11-21T02:05:00.000Z', head: null },
        event: null,
        changes: {
          total: 1,
          by_kind: { role_granted: 1 },
          first_seen: { changes: 0, people: 0, admin_grants: 0 },
          items: [
            {
              change_id: '1',
              kind: 'role_granted',
              not_before: '2026-11-20T02:00:00.000Z',
              user_id: 'u-ann',
              email: 'ann@example.com',
              scope: 'admin',
              role_id: 'r-1',
              role_name: 'Master Admin',
              bot_id: null,
              bot_name: null,
              group_id: null,
              group_name: null,
              task_kind: null,
              task_id: null,
              before: null,
              after: { direct: true, via_groups: [] },
            },
          ],
        },
        look_closer: {
          command: 'kore-sync runs show 7',
          sql: 'SELECT * FROM directory.role_changes WHERE run_id = 7;',
        },
      },
    });
  });

  test('says by its type what it is about', () => {
    const held = alertFacts([], { event: { kind: 'held', detail: 'too many' } });
    expect(toPayload(held)).toMatchObject({ type: 'run.held', data: { event: { detail: 'too many' } } });
    expect(toPayload(sampleFacts('k', '2026-11-21T00:00:00.000Z'))).toMatchObject({ type: 'test' });
  });

  test('hands names over as they are, in JSON', () => {
    for (const roleName of Object.values(FORGED)) {
      const payload: unknown = JSON.parse(JSON.stringify(toPayload(alertFacts([alertItem({ roleName })]))));
      expect(payload).toMatchObject({ data: { changes: { items: [{ role_name: roleName }] } } });
    }
  });
});

import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import { loadPendingAlerts, resendAlerts } from '../../src/store/alerts.ts';
import { attemptAlert } from '../../src/sync/deliver-alert.ts';
import { startCommand } from '../support/command.ts';
import { startHttpServer, type ReceivedRequest } from '../support/http-server.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { runNight } from '../support/night.ts';
import { beginStory, openStory, type Story } from '../support/story.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Receiver {
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly ReceivedRequest[];
  /** Resolves when the first has come. */
  readonly untilRequest: Promise<ReceivedRequest>;
  answer: (response: ServerResponse) => void;
}

function status(code: number): Receiver['answer'] {
  return (response) => response.writeHead(code).end();
}

/** A receiver of the quick webhook; gone when the test ends. */
async function startReceiver(answer = status(200)): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const { promise: untilRequest, resolve } = deferred<ReceivedRequest>();
  const server = await startHttpServer((request, response) => {
    requests.push(request);
    resolve(request);
    receiver.answer(response);
  });
  onTestFinished(() => server.close());
  const env = { ALERT_WEBHOOK_URL: `${server.origin}/in`, ALERT_WEBHOOK_SECRET: SECRET };
  const receiver: Receiver = { env, requests, untilRequest, answer };
  return receiver;
}

async function readAlerts({ nights }: Story): Promise<object[]> {
  return nights.query(
    `SELECT rule, channel, status::text AS status, change_count, attempts, last_error, event_id IS NOT NULL AS event
       FROM alerts ORDER BY id`,
  );
}

async function readUnalerted({ nights }: Story): Promise<(string | null)[]> {
  const rows = await nights.query<{ email: string | null }>(
    'SELECT email FROM directory.unalerted_role_changes ORDER BY change_id',
  );
  return rows.map(({ email }) => email);
}

describe('a night', () => {
  test('is quiet at first, and later tells each channel once of its role changes', async () => {
    const receiver = await startReceiver();
    const story = await openStory();
    await story.night({ env: receiver.env });
    expect(await readAlerts(story)).toEqual([]);

    story.tenant.grant('ann@example.com', 'Owner', 'Leave');
    story.tenant.grant('ann@example.com', 'Reviewer', 'Leave');
    story.tenant.revoke('bob@example.com', 'Tester', 'Leave');
    await story.night({ env: receiver.env });
    expect(await readAlerts(story)).toEqual([
      {
        rule: 'role-changes',
        channel: 'webhook',
        status: 'delivered',
        change_count: 3,
        attempts: 1,
        last_error: null,
        event: false,
      },
    ]);
    const payloads = receiver.requests.map(({ body }): unknown => JSON.parse(body));
    expect(payloads).toMatchObject([
      {
        type: 'changes',
        data: {
          account: story.nights.server.url,
          changes: {
            total: 3,
            by_kind: { role_granted: 2, role_revoked: 1 },
            items: [
              { kind: 'role_granted', user_id: 'u-ann', bot_name: 'Leave' },
              { kind: 'role_granted', user_id: 'u-ann', bot_name: 'Leave' },
              { kind: 'role_revoked', user_id: 'u-bob', role_name: 'Tester' },
            ],
          },
        },
      },
    ]);
    expect(await readUnalerted(story)).toEqual([]);
  });

  test('is judged by the rules it was opened with, and a change that no rule asks for is not missed', async () => {
    const story = await beginStory();
    const receiver = await startReceiver(status(500));
    const file = path.join(await makeTemporaryFolder(), 'alerts.yaml');
    await writeFile(
      file,
      `rules:
  - { name: bobs, changes: [role_granted, role_revoked], users: BOB@*, channels: webhook }
  - { name: groups, changes: all, groups: '*', channels: log }`,
    );
    story.tenant.grant('ann@example.com', 'Owner', 'Leave');
    story.tenant.grant('bob@example.com', 'Owner', 'Leave');
    const app = await story.nights.open({ env: { ...receiver.env, ...LOOSE_GUARD, ALERTS_FILE: file } });
    const run = runNight(app);
    await receiver.untilRequest;
    await run;
    await app.close();
    expect(await readAlerts(story)).toMatchObject([
      { rule: 'bobs', channel: 'webhook', status: 'pending', change_count: 1, last_error: 'HTTP 500' },
    ]);
    expect(await readUnalerted(story)).toEqual(['bob@example.com']);
  });

  test('that is held says so, and one that is only tried out does not', async () => {
    const story = await beginStory();
    for (const name of ['ann', 'bob', 'cid', 'dee']) story.tenant.remove(`${name}@example.com`);
    const { run } = await story.tryNight({ env: { GUARD_MAX_REMOVED_PERCENT: '5' } });
    expect(run.status).toBe('held');
    const events = await story.nights.query(
      'SELECT e.kind::text AS kind, e.key, a.channel, a.status::text AS status FROM run_events e JOIN alerts a ON a.event_id = e.id',
    );
    expect(events).toEqual([{ kind: 'held', key: run.runId, channel: 'log', status: 'delivered' }]);
    const dry = await story.tryNight({ dryRun: true, env: { GUARD_MAX_REMOVED_PERCENT: '5' } });
    expect(dry.run.status).toBe('held');
    expect(await story.nights.query('SELECT FROM run_events')).toHaveLength(1);
  });
});

describe('an alert', () => {
  test('that is refused for good is dead, is missed, and arrives when it is sent again', async () => {
    const story = await beginStory();
    const receiver = await startReceiver(status(410));
    story.tenant.grant('ann@example.com', 'Owner', 'Leave');
    await story.night({ env: receiver.env });
    expect(await readAlerts(story)).toMatchObject([{ status: 'dead', attempts: 1, last_error: 'HTTP 410' }]);
    expect(await readUnalerted(story)).toEqual(['ann@example.com']);

    receiver.answer = status(200);
    const app = await story.nights.open({ env: receiver.env });
    const resent = await resendAlerts(app.context.database, null);
    expect(resent).toHaveLength(1);
    // Twice at the same time, as two processes would.
    const settled = await Promise.all(
      [...resent, ...resent].map((alert) => attemptAlert(app.context, alert)),
    );
    expect(settled.filter((one) => one !== undefined)).toMatchObject([{ kind: 'delivered' }]);
    expect(await readUnalerted(story)).toEqual([]);
    expect(await loadPendingAlerts(app.context.database)).toEqual([]);
    const keys = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test('whose process is killed while it is sent is sent by the next, under the same key', async () => {
    const story = await beginStory();
    const { tenant, nights } = story;
    const receiver = await startReceiver(() => undefined);
    const roster = path.join(await makeTemporaryFolder(), 'roster.txt');
    await writeFile(roster, [...tenant.roster()].join('\n'));
    tenant.grant('ann@example.com', 'Owner', 'Leave');
    const command = startCommand(['sync'], {
      ...LOOSE_GUARD,
      ...receiver.env,
      KORE_HOST: nights.server.url,
      KORE_CLIENT_ID: nights.server.clientId,
      KORE_CLIENT_SECRET: nights.server.clientSecret,
      ROSTER: roster,
      DATABASE_URL: nights.databaseUrl,
    });
    await receiver.untilRequest;
    command.kill();
    await command.result;
    expect(await readAlerts(story)).toMatchObject([{ status: 'pending', attempts: 1 }]);
    expect(await readUnalerted(story)).toEqual(['ann@example.com']);

    receiver.answer = status(200);
    const app = await nights.open({ env: { ...LOOSE_GUARD, ...receiver.env } });
    await runNight(app);
    await app.close();
    expect(await readAlerts(story)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
    const sent = receiver.requests.map(({ headers, body }) => ({ key: headers['webhook-id'], body }));
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
  });
});

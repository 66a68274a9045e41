import { Webhook } from 'standardwebhooks';
import type { ChannelConfig } from '../core/alert-channel.ts';
import type { AlertFacts } from '../core/alert-facts.ts';
import type { SendOutcome } from '../core/delivery.ts';
import { composeDigest } from '../core/digest.ts';
import { post } from '../http/post.ts';
import type { Sending } from './channel.ts';

type WebhookConfig = Extract<ChannelConfig, { kind: 'webhook' }>;

/** Posts JSON signed by the Standard Webhooks (https://www.standardwebhooks.com): the key of the alert is `webhook-id`. */
export function createWebhookChannel({
  url,
  secret,
}: WebhookConfig): (facts: AlertFacts, sending: Sending) => Promise<SendOutcome> {
  const signer = new Webhook(secret.reveal());
  return async (facts, { signal }) => {
    const body = JSON.stringify(toPayload(facts));
    // Of this attempt: a receiver refuses what is too old.
    const sentAt = new Date();
    const outcome = await post({
      url,
      headers: {
        'content-type': 'application/json',
        'webhook-id': facts.key,
        'webhook-timestamp': Math.floor(sentAt.getTime() / 1_000).toString(),
        'webhook-signature': signer.sign(facts.key, sentAt, body),
      },
      body,
      ...(signal !== undefined && { signal }),
    });
    return outcome.ok ? { ok: true, receipt: { status: outcome.status } } : outcome;
  };
}

/** The payload by docs/alerts.md. Fields may be added, none changes its meaning. */
export function toPayload(facts: AlertFacts): object {
  const { rule, severity, createdAt, account, run, event, counts, items, isSample } = facts;
  const { title, lookCloser } = composeDigest(facts);
  return {
    type: isSample ? 'test' : event === null ? 'changes' : `run.${event.kind}`,
    timestamp: createdAt,
    data: {
      rule,
      severity,
      title,
      account,
      run: run === null ? null : { id: run.id, key: run.key, as_of: run.asOf, head: run.head },
      event,
      changes: {
        total: counts.total,
        by_kind: counts.byKind,
        first_seen: {
          changes: counts.firstSeen.changes,
          people: counts.firstSeen.people,
          admin_grants: counts.firstSeen.adminGrants,
        },
        items: items.map((item) => ({
          change_id: item.changeId,
          kind: item.kind,
          not_before: item.notBefore,
          user_id: item.userId,
          email: item.email,
          scope: item.scope,
          role_id: item.roleId,
          role_name: item.roleName,
          bot_id: item.botId,
          bot_name: item.botName,
          group_id: item.groupId,
          group_name: item.groupName,
          task_kind: item.taskKind,
          task_id: item.taskId,
          before: item.before,
          after: item.after,
        })),
      },
      look_closer: lookCloser,
    },
  };
}

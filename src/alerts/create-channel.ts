import type { ChannelConfig } from '../core/alert-channel.ts';
import type { Channel } from './channel.ts';
import { createEmailChannel } from './email.ts';
import { createLogChannel, type AlertLog } from './log.ts';
import { createSlackChannel } from './slack.ts';
import { createWebhookChannel } from './webhook.ts';

export function createChannel(config: ChannelConfig, log: AlertLog): Channel {
  const { name, kind } = config;
  switch (kind) {
    case 'log':
      return { name, kind, send: createLogChannel(log) };
    case 'slack':
      return { name, kind, send: createSlackChannel(config) };
    case 'webhook':
      return { name, kind, send: createWebhookChannel(config) };
    case 'email':
      return { name, kind, send: createEmailChannel(config) };
  }
}

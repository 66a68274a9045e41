import { resolve } from 'node:path';
import type { z } from 'zod';
import { parseRulesFile, type DefinedChannel, type SecretReference } from './alert-rules-file.ts';
import type { ChannelConfig } from '../core/alert-channel.ts';
import { quickRules, type AlertRules } from '../core/alert-rule.ts';
import { Secret } from '../core/secret.ts';
import { passwordsOf } from './passwords.ts';
import { isPrivateAddress, readTextFile } from './settings.ts';
import { isSigningSecret, SIGNING_SECRET_EXPECTED, type alertSettings } from './alert-settings.ts';

export interface AlertsConfig {
  readonly rules: AlertRules;
  /** At least the log. Their names are unique. */
  readonly channels: readonly ChannelConfig[];
}

export type AlertValues = z.output<z.ZodObject<ReturnType<typeof alertSettings>>>;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** All that whoever knows it could write to a channel with (I8). */
export function secretsOf(channel: ChannelConfig): readonly Secret[] {
  switch (channel.kind) {
    case 'log':
      return [];
    case 'slack':
      return [channel.url];
    case 'webhook':
      return [channel.url, channel.secret];
    case 'email':
      return [channel.smtp, ...passwordsOf(channel.smtp)];
  }
}

type Result<T> = { readonly value: T } | { readonly faults: readonly string[] };

/**
 * Puts together what the variables say and what the file says.
 *
 * The quick channels have the names of their kinds (`slack`, `webhook`, `email`, and `log`, which needs nothing),
 * and a rules file may name them beside its own. Pure but for the files that hold secrets; all faults at once.
 */
export function readAlerts(values: AlertValues, surroundings: Surroundings): Result<AlertsConfig> {
  const quick = quickChannels(values);
  if ('faults' in quick) return quick;
  if (values.ALERTS_FILE === undefined) {
    const configured = quick.value.map(({ name }) => name).filter((name) => name !== 'log');
    return { value: { rules: quickRules(configured), channels: quick.value } };
  }
  const parsed = parseRulesFile(values.ALERTS_FILE);
  if (!parsed.ok) return { faults: parsed.faults.map(describeFault) };

  const faults: { line: number; text: string }[] = [];
  const channels = [...quick.value];
  for (const defined of parsed.file.channels) {
    const { name, line } = defined;
    const isTaken = channels.some((channel) => channel.name === name);
    const resolved = isTaken
      ? 'a channel of this name is there already; expected another name'
      : resolveChannel(defined, values, surroundings);
    if (typeof resolved === 'string') faults.push({ line, text: `${name}: ${resolved}` });
    else channels.push(resolved);
  }
  const known = new Set([...channels, ...parsed.file.channels].map(({ name }) => name));
  for (const { rule, line } of parsed.file.rules) {
    for (const unknown of rule.channels.filter((each) => !known.has(each))) {
      faults.push({ line, text: `${rule.name}: there is no channel ${unknown}; ${describeRemedy(unknown)}` });
    }
  }
  if (faults.length > 0) return { faults: faults.toSorted((a, b) => a.line - b.line).map(describeFault) };
  return { value: { rules: parsed.file.rules.map(({ rule }) => rule), channels } };
}

function describeFault({ line, text }: { readonly line: number; readonly text: string }): string {
  return `ALERTS_FILE, line ${line}: ${text}`;
}

const VARIABLE_OF: ReadonlyMap<string, string> = new Map([
  ['slack', 'ALERT_SLACK_WEBHOOK_URL'],
  ['webhook', 'ALERT_WEBHOOK_URL'],
  ['email', 'ALERT_EMAIL_TO'],
]);

function describeRemedy(channel: string): string {
  const variable = VARIABLE_OF.get(channel);
  return `expected one under channels${variable === undefined ? '' : `, or ${variable}`}`;
}

function quickChannels(values: AlertValues): Result<readonly ChannelConfig[]> {
  const {
    ALERT_SLACK_WEBHOOK_URL: slack,
    ALERT_WEBHOOK_URL: webhook,
    ALERT_WEBHOOK_SECRET: secret,
    ALERT_EMAIL_TO: to,
    SMTP_URL: smtp,
  } = values;
  const faults = [
    ...(webhook !== undefined && secret === undefined
      ? [`ALERT_WEBHOOK_SECRET is not set; expected, beside ALERT_WEBHOOK_URL, ${SIGNING_SECRET_EXPECTED}`]
      : []),
    ...(to !== undefined && smtp === undefined
      ? ['SMTP_URL is not set; expected, beside ALERT_EMAIL_TO, the mail server to send through']
      : []),
  ];
  if (faults.length > 0) return { faults };
  return {
    value: [
      ...(slack === undefined ? [] : [{ name: 'slack', kind: 'slack', url: slack } as const]),
      ...(webhook === undefined || secret === undefined
        ? []
        : [{ name: 'webhook', kind: 'webhook', url: webhook, secret } as const]),
      ...(to === undefined || smtp === undefined
        ? []
        : [{ name: 'email', kind: 'email', smtp, to, from: senderOf(values, smtp, to) } as const]),
      { name: 'log', kind: 'log' } as const,
    ],
  };
}

/** The channel, or what is wrong with it. */
function resolveChannel(
  defined: DefinedChannel,
  values: AlertValues,
  surroundings: Surroundings,
): ChannelConfig | string {
  const { name } = defined;
  if (defined.kind === 'email') {
    const { SMTP_URL: smtp } = values;
    if (smtp === undefined) return 'SMTP_URL is not set; expected the mail server to send through';
    return {
      name,
      kind: 'email',
      smtp,
      to: defined.to,
      from: defined.from ?? senderOf(values, smtp, defined.to),
    };
  }
  const url = readSecret(defined.url, surroundings);
  if ('problem' in url) return url.problem;
  if (!isPrivateAddress(url.value)) {
    return `what ${defined.url.name} holds is no address; expected https://…, or http: on this machine`;
  }
  if (defined.kind === 'slack') return { name, kind: 'slack', url: new Secret(url.value) };
  const secret = readSecret(defined.secret, surroundings);
  if ('problem' in secret) return secret.problem;
  if (!isSigningSecret(secret.value)) {
    return `what ${defined.secret.name} holds cannot sign; expected ${SIGNING_SECRET_EXPECTED}`;
  }
  return { name, kind: 'webhook', url: new Secret(url.value), secret: new Secret(secret.value) };
}

function readSecret(
  { kind, name }: SecretReference,
  { env, cwd }: Surroundings,
): { readonly value: string } | { readonly problem: string } {
  if (kind === 'variable') {
    const value = env[name] ?? '';
    return value === '' ? { problem: `the variable ${name} is not set` } : { value };
  }
  const file = readTextFile(resolve(cwd, name));
  return 'problem' in file ? { problem: `the file ${name}: ${file.problem}` } : { value: file.text.trim() };
}

/** Mail servers take what their own user sends; failing that, the domain of those who get it. */
function senderOf(values: AlertValues, smtp: Secret, to: readonly string[]): string {
  const user = decodeURIComponent(new URL(smtp.reveal()).username);
  const domain = to[0]?.split('@').at(-1) ?? 'localhost';
  return values.ALERT_EMAIL_FROM ?? (user.includes('@') ? user : `kore-sync@${domain}`);
}

import { resolve } from 'node:path';
import { z } from 'zod';
import { parseRosterEntry } from '../core/roster-entry.ts';
import { Secret } from '../core/secret.ts';
import type { SettingName } from './environment.ts';
import { isPrivateAddress, parseUrl, readTextFile, refuse } from './settings.ts';

/** Where alerts go. As in `settings.ts`, the message of a fault is what is expected. */
export function alertSettings(cwd: string) {
  return {
    ALERTS_FILE: z
      .string()
      .transform((path, context) => readRulesFile(resolve(cwd, path), context))
      .optional(),
    ALERT_SLACK_WEBHOOK_URL: secretAddress('the address of a Slack incoming webhook').optional(),
    ALERT_WEBHOOK_URL: secretAddress('an address to post to').optional(),
    ALERT_WEBHOOK_SECRET: z
      .string()
      .refine(isSigningSecret, { error: SIGNING_SECRET_EXPECTED })
      .transform((value) => new Secret(value))
      .optional(),
    ALERT_EMAIL_TO: z.string().transform(parseRecipients).optional(),
    ALERT_EMAIL_FROM: z.string().trim().refine(isEmail, { error: 'an email address' }).optional(),
    SMTP_URL: z
      .string()
      .refine(isMailServer, { error: MAIL_SERVER_EXPECTED })
      .transform((value) => new Secret(value))
      .optional(),
  } satisfies Readonly<Partial<Record<SettingName, z.ZodType>>>;
}

/** An address that is a secret whole, over https: unless it is this machine's own. */
function secretAddress(expected: string) {
  return z
    .string()
    .refine(isPrivateAddress, {
      error: `${expected}, https://…; http: only for this machine, since the address itself is a secret`,
    })
    .transform((value) => new Secret(value));
}

export const SIGNING_SECRET_EXPECTED =
  'whsec_ and 24 random bytes or more in base64, such as "whsec_$(openssl rand -base64 32)" gives';

/** Standard Webhooks: 24 bytes at least. */
export function isSigningSecret(value: string): boolean {
  const encoded = value.replace(/^whsec_/, '');
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded);
  return isBase64 && Buffer.from(encoded, 'base64').length >= 24;
}

const MAIL_SERVER_EXPECTED =
  'smtp://user:password@host:587 or smtps://user:password@host, with special characters of the password percent-encoded, and nothing after the port';

function isMailServer(value: string): boolean {
  const server = parseUrl(value);
  if (server === null || !['smtp:', 'smtps:'].includes(server.protocol)) return false;
  const { hostname, pathname, search, hash, username, password } = server;
  return (
    hostname !== '' &&
    ['', '/'].includes(pathname) &&
    `${search}${hash}` === '' &&
    isPercentEncoded(username + password)
  );
}

function isPercentEncoded(text: string): boolean {
  return !/%(?![0-9a-f]{2})/i.test(text);
}

export function isEmail(value: string): boolean {
  return parseRosterEntry(value, 'email').ok;
}

function parseRecipients(value: string, context: z.RefinementCtx): readonly string[] {
  const recipients = value
    .split(',')
    .map((recipient) => recipient.trim())
    .filter((recipient) => recipient !== '');
  if (recipients.length > 0 && recipients.every(isEmail)) return recipients;
  return refuse(context, 'email addresses with commas between them, without names');
}

/** As it was found; what is in it, `alert-rules-file.ts` says. */
function readRulesFile(path: string, context: z.RefinementCtx): string {
  const file = readTextFile(path);
  return 'problem' in file ? refuse(context, `the path of a YAML file: ${file.problem}`) : file.text;
}

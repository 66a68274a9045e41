/** One variable of the environment, for a person. `config.ts` says what values it takes. */
export interface Setting {
  readonly name: string;
  /** The text that counts where the variable is unset or empty; null: no value. */
  readonly default: string | null;
  readonly meaning: string;
  /** Never printed, and also accepted as `NAME_FILE`, the path of a file that holds it. */
  readonly secret: boolean;
}

/** Every variable there is, in the order of the README's table. */
export const ENVIRONMENT = [
  setting('KORE_HOST', null, 'Kore.ai host with its scheme, such as `https://platform.kore.ai`'),
  setting('KORE_CLIENT_ID', null, 'client id of the app made in the Admin Console (`cs-…`)'),
  secret('KORE_CLIENT_SECRET', 'client secret of that app'),
  setting('KORE_JWE_PUBLIC_KEY', null, 'path to the public key (JWK) where the account enforces JWE'),
  setting(
    'ROSTER',
    null,
    'whom to ask about: path to a `.txt`, `.csv`, `.json` or `.jsonl` file, `-` for standard input, or `kore:alluserroles` for everybody in the account (needs the scope _Profile Management > Role Management_ as well)',
  ),
  setting(
    'ROSTER_COLUMN',
    null,
    'column or property that holds the addresses or org user ids; unset: one in a usual spelling',
  ),
  secret(
    'DATABASE_URL',
    'PostgreSQL 14 or newer, `postgres://…`, no transaction pooler; unset: an embedded one under `DATA_DIR`',
  ),
  secret(
    'REDIS_URL',
    'Redis for the queue, `redis://…` or `rediss://…`; unset: the queue lives in PostgreSQL',
  ),
  setting('DATA_DIR', '.kore-sync', 'where the embedded PostgreSQL lives; as root `/var/lib/kore-sync`'),
  setting('BATCH_SIZE', '50', 'entries per API call, 1 to 1000'),
  setting('CONCURRENCY', '4', 'API calls at a time, 1 to 64'),
  setting('RATE_PER_MINUTE', '60', 'API calls in any 60 seconds, all processes together; 0: no limit'),
  setting('RATE_PER_HOUR', '1800', 'API calls in any 60 minutes, all processes together; 0: no limit'),
  setting('GUARD_MAX_REMOVED_PERCENT', '5', 'a run that would remove more of the users is held'),
  setting('GUARD_MAX_REVOKED_PERCENT', '10', 'a run that would revoke more of the grants is held'),
  setting('GUARD_MAX_GRANTED_PERCENT', '25', 'a run that would add more grants, of those there are, is held'),
  setting('GUARD_MAX_ADMIN_CHANGES', '20', 'a run that would change more admin roles is held'),
  setting('GUARD_MIN_COVERAGE_PERCENT', '90', 'a run with fewer of its entries answered is held'),
  setting(
    'CANARIES',
    null,
    'path to a CSV file of entries that must come back with the roles it names, or the run is held, see `docs/decide.md`',
  ),
  setting(
    'ALERTS_FILE',
    null,
    'path to a YAML file of alert rules, see `docs/alerts.md`; unset: every role change and every event of a night goes to whichever channels are set below, else to the log',
  ),
  secret('ALERT_SLACK_WEBHOOK_URL', 'Slack incoming webhook that gets alerts'),
  secret('ALERT_WEBHOOK_URL', 'address that gets alerts as JSON, signed by the Standard Webhooks'),
  secret('ALERT_WEBHOOK_SECRET', 'what they are signed with: `whsec_` and 24 random bytes or more in base64'),
  setting('ALERT_EMAIL_TO', null, 'addresses that get alerts by mail, with commas between them'),
  setting(
    'ALERT_EMAIL_FROM',
    null,
    'sender of that mail; unset: the user of `SMTP_URL`, or `kore-sync` at the domain of the first recipient',
  ),
  secret('SMTP_URL', 'mail server, `smtp://user:password@host:587` or `smtps://user:password@host`'),
  setting(
    'SYNC_CRON',
    '0 2 * * *',
    'when `start` begins a night: minute, hour, day of month, month, day of week',
  ),
  setting('SYNC_TIMEZONE', 'UTC', 'time zone of `SYNC_CRON`, such as `Europe/Berlin`'),
  secret(
    'HEARTBEAT_URL',
    'address of a check (healthchecks.io and the like) that is told when a night begins, succeeds and fails',
  ),
  setting('PORT', null, 'where `start` serves `/healthz`, `/readyz` and `/metrics`; unset: nowhere'),
  setting('BIND_ADDRESS', '127.0.0.1', 'IP address of that port; `0.0.0.0`: every one of this machine'),
  setting('READY_MAX_AGE', '26h', 'how old the last good night may be until `/readyz` says no'),
  setting(
    'LOG_LEVEL',
    'info',
    '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; commands in the foreground log from `warn`',
  ),
  setting('LOG_EMAILS', 'masked', 'email addresses in the log: `masked` (`j***@example.com`) or `full`'),
] as const satisfies readonly Setting[];

export type SettingName = (typeof ENVIRONMENT)[number]['name'];

function setting<const Name extends string>(name: Name, preset: string | null, meaning: string) {
  return { name, default: preset, meaning, secret: false };
}

function secret<const Name extends string>(name: Name, meaning: string) {
  return { name, default: null, meaning, secret: true };
}

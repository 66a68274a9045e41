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
    'LOG_LEVEL',
    'info',
    '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; commands in the foreground log from `warn`',
  ),
] as const satisfies readonly Setting[];

export type SettingName = (typeof ENVIRONMENT)[number]['name'];

function setting<const Name extends string>(name: Name, preset: string | null, meaning: string) {
  return { name, default: preset, meaning, secret: false };
}

function secret<const Name extends string>(name: Name, meaning: string) {
  return { name, default: null, meaning, secret: true };
}

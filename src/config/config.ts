import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readAlerts, secretsOf, type AlertsConfig, type AlertValues } from './alert-config.ts';
import { alertSettings } from './alert-settings.ts';
import { SyncError } from '../core/errors.ts';
import type { GuardLimits } from '../core/guard.ts';
import { LISTING_NAME, type RosterSource } from '../core/roster-entry.ts';
import type { Secret } from '../core/secret.ts';
import { ENVIRONMENT, type Setting } from './environment.ts';
import { heartbeatSettings } from './start-settings.ts';
import { passwordsOf } from './passwords.ts';
import { readTextFile, storageSettings, syncSettings, type JwePublicKey, type LogLevel } from './settings.ts';

/** What every command needs: where things are kept, and how much is logged. */
export interface StorageConfig {
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL, its data under `dataDir`. */
  readonly databaseUrl: Secret | null;
  /** Null: the queue lives in PostgreSQL too. */
  readonly redisUrl: Secret | null;
  readonly logLevel: LogLevel;
  /** Email addresses in full, for whoever asked for that. */
  readonly unmaskEmails: boolean;
  /** All that the log has to scrub, passwords inside connection strings included (I8). */
  readonly secrets: readonly Secret[];
}

/** What sending alerts needs besides. */
export interface AlertingConfig extends StorageConfig {
  readonly alerts: AlertsConfig;
}

/** What a run needs besides. */
export interface SyncConfig extends AlertingConfig {
  readonly kore: {
    /** Scheme, host and port, without a slash at the end. */
    readonly host: string;
    readonly clientId: string;
    readonly clientSecret: Secret;
    /** Null: the account does not enforce JWE. */
    readonly jwePublicKey: Readonly<JwePublicKey> | null;
  };
  /** Column null: one in a usual spelling. */
  readonly roster: { readonly source: RosterSource; readonly column: string | null };
  readonly batchSize: number;
  readonly concurrency: number;
  /** API calls in any rolling minute and hour (I7). Null: no limit. */
  readonly rateLimits: { readonly perMinute: number | null; readonly perHour: number | null };
  readonly guardLimits: GuardLimits;
  /** Path of the file of canaries, which is read anew for every night. Null: there are none. */
  readonly canaries: string | null;
  /** Secret whole: whoever knows it can speak for this service. Null: nobody watches from outside. */
  readonly heartbeatUrl: Secret | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where, as whom and for what a command runs. */
export interface Surroundings {
  /** Where it was called: relative paths count from here. */
  readonly cwd: string;
  readonly isRoot: boolean;
  /** Where `LOG_LEVEL` is unset; `info` unless the command itself tells what it does. */
  readonly defaultLogLevel?: LogLevel;
}

/** The environment of this process. Nothing else reads it. */
export function readSurroundings(): { readonly env: Environment; readonly surroundings: Surroundings } {
  const { env } = process;
  const cwd = callerDirectory(env, process.cwd());
  return { env, surroundings: { cwd, isRoot: process.getuid?.() === 0 } };
}

/**
 * Where a command was called. `npm run` moves to the package's directory and leaves the caller's in
 * `INIT_CWD`; all processes below inherit that, so it counts only where npm moved to.
 */
export function callerDirectory(env: Environment, cwd: string): string {
  const { INIT_CWD: calledFrom, npm_package_json: manifest } = env;
  return calledFrom && manifest && dirname(manifest) === cwd ? calledFrom : cwd;
}

/**
 * Reads what every command needs.
 *
 * Pure but for the files that variables name; frozen in all its depth.
 *
 * @throws CONFIG_INVALID with every fault there is, each with the variable's name, what was seen (never
 * of a secret) and what is expected.
 */
export function parseConfig(env: Environment, surroundings: Surroundings): StorageConfig {
  const schema = z.object(storageSettings(surroundings.cwd));
  return deepFreeze(toStorageConfig(parseSettings(schema, env, surroundings)));
}

/** Reads what sending alerts needs: in the manner of `parseConfig`, all that it reads, and more. */
export function parseAlertingConfig(env: Environment, surroundings: Surroundings): AlertingConfig {
  const { cwd } = surroundings;
  const values = parseSettings(
    z.object({ ...storageSettings(cwd), ...alertSettings(cwd) }),
    env,
    surroundings,
  );
  return deepFreeze(toAlertingConfig(values, env, cwd));
}

/** Reads what a run needs: in the manner of `parseConfig`, all that it reads, and more. */
export function parseSyncConfig(env: Environment, surroundings: Surroundings): SyncConfig {
  const { cwd } = surroundings;
  const schema = z
    .object({ ...storageSettings(cwd), ...alertSettings(cwd), ...syncSettings(cwd), ...heartbeatSettings() })
    .refine(({ ROSTER, ROSTER_COLUMN }) => ROSTER.kind !== 'listing' || ROSTER_COLUMN === undefined, {
      path: ['ROSTER_COLUMN'],
      error: `no value: ${LISTING_NAME} has no columns`,
      // Beside faults of other variables too: all are reported at once.
      when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'ROSTER'),
    });
  const values = parseSettings(schema, env, surroundings);
  const alerting = toAlertingConfig(values, env, cwd);
  return deepFreeze({
    ...alerting,
    secrets: [values.KORE_CLIENT_SECRET, ...toList(values.HEARTBEAT_URL), ...alerting.secrets],
    kore: {
      host: values.KORE_HOST,
      clientId: values.KORE_CLIENT_ID,
      clientSecret: values.KORE_CLIENT_SECRET,
      jwePublicKey: values.KORE_JWE_PUBLIC_KEY ?? null,
    },
    roster: { source: values.ROSTER, column: values.ROSTER_COLUMN ?? null },
    batchSize: values.BATCH_SIZE,
    concurrency: values.CONCURRENCY,
    rateLimits: { perMinute: values.RATE_PER_MINUTE, perHour: values.RATE_PER_HOUR },
    guardLimits: {
      maxRemovedPercent: values.GUARD_MAX_REMOVED_PERCENT,
      maxRevokedPercent: values.GUARD_MAX_REVOKED_PERCENT,
      maxGrantedPercent: values.GUARD_MAX_GRANTED_PERCENT,
      maxAdminChanges: values.GUARD_MAX_ADMIN_CHANGES,
      minCoveragePercent: values.GUARD_MIN_COVERAGE_PERCENT,
    },
    canaries: values.CANARIES ?? null,
    heartbeatUrl: values.HEARTBEAT_URL ?? null,
  });
}

function toList<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

type StorageValues = z.output<z.ZodObject<ReturnType<typeof storageSettings>>>;

function toStorageConfig(values: StorageValues): StorageConfig {
  const databaseUrl = values.DATABASE_URL ?? null;
  const redisUrl = values.REDIS_URL ?? null;
  return {
    dataDir: values.DATA_DIR,
    databaseUrl,
    redisUrl,
    logLevel: values.LOG_LEVEL,
    unmaskEmails: values.LOG_EMAILS === 'full',
    secrets: [databaseUrl, redisUrl].flatMap((url) => (url === null ? [] : [url, ...passwordsOf(url)])),
  };
}

/** Several: a file of alert rules may have a fault in every line. */
function toAlertingConfig(
  values: StorageValues & AlertValues,
  env: Environment,
  cwd: string,
): AlertingConfig {
  const storage = toStorageConfig(values);
  const alerts = readAlerts(values, { env, cwd });
  if ('faults' in alerts) throw invalid(alerts.faults);
  return {
    ...storage,
    secrets: [...alerts.value.channels.flatMap(secretsOf), ...storage.secrets],
    alerts: alerts.value,
  };
}

/** Reads the variables of a schema; a secret also from the file that `NAME_FILE` names. */
export function parseSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
  surroundings: Surroundings,
): z.output<Schema> {
  const given: Record<string, string> = {};
  const faults = new Map<string, string>();
  const settings = ENVIRONMENT.filter(({ name }) => name in schema.shape);
  for (const setting of settings) {
    const read = readSetting(setting, env, surroundings);
    if ('fault' in read) faults.set(setting.name, read.fault);
    else if (read.value !== null) given[setting.name] = read.value;
  }
  const secrets = settings.flatMap(({ name, secret }) => (secret ? (given[name] ?? []) : []));

  const parsed = schema.safeParse(given);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const setting = settings.find(({ name }) => name === path[0]);
    if (setting === undefined || faults.has(setting.name)) continue;
    faults.set(setting.name, `${describeSeen(setting, given[setting.name], secrets)}; expected ${message}`);
  }
  if (parsed.success && faults.size === 0) return parsed.data;

  throw invalid(settings.flatMap(({ name }) => faults.get(name) ?? []));
}

/** Every fault at once, each on a line of its own. */
export function invalid(lines: readonly string[]): SyncError {
  return new SyncError(
    'CONFIG_INVALID',
    lines.length === 1 ? 'The configuration has one fault' : `The configuration has ${lines.length} faults`,
    { faults: lines },
  );
}

/** An empty text means unset: that is how a variable is switched off in a compose or unit file. */
function readSetting(
  setting: Setting,
  env: Environment,
  surroundings: Surroundings,
): { readonly value: string | null } | { readonly fault: string } {
  const { name } = setting;
  const direct = env[name] ?? '';
  const path = setting.secret ? (env[`${name}_FILE`] ?? '') : '';
  if (path === '') return { value: direct === '' ? presetOf(setting, surroundings) : direct };
  if (direct !== '') return { fault: `${name} and ${name}_FILE are both set; expected one of them` };

  const file = readTextFile(resolve(surroundings.cwd, path));
  const value = 'problem' in file ? '' : file.text.replace(/\r?\n$/, '');
  if (value !== '') return { value };
  const problem = 'problem' in file ? file.problem : 'it is empty';
  // I8: not even the path, where somebody may have put the secret itself.
  return {
    fault: `${name}_FILE is set (not shown); expected the path of a file that holds the value: ${problem}`,
  };
}

function presetOf(setting: Setting, { isRoot, defaultLogLevel }: Surroundings): string | null {
  // PostgreSQL refuses to run as root, and the user it runs as instead cannot look into root's home.
  if (setting.name === 'DATA_DIR' && isRoot) return '/var/lib/kore-sync';
  if (setting.name === 'LOG_LEVEL' && defaultLogLevel !== undefined) return defaultLogLevel;
  return setting.default;
}

function describeSeen(setting: Setting, value: string | undefined, secrets: readonly string[]): string {
  if (value === undefined) return `${setting.name} is not set`;
  // I8: no secret, in whatever variable it was put, and no credentials inside an address.
  const hidden = /:\/\/.*[@?]/.test(value) || secrets.some((secret) => value.includes(secret));
  return hidden ? `${setting.name} is set (not shown)` : `${setting.name} is ${quote(value)}`;
}

const MAX_SHOWN = 80;

function quote(value: string): string {
  return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
}

export function deepFreeze<T extends object>(value: T): T {
  const parts: unknown[] = Object.values(value);
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LISTING_NAME, type RosterSource } from '../core/roster-entry.ts';
import { Secret } from '../core/secret.ts';
import type { SettingName } from './environment.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A JSON Web Key (RFC 7517) of the kind the platform decrypts with. */
export type JwePublicKey = z.output<typeof jweKey>;

type Settings = Readonly<Partial<Record<SettingName, z.ZodType>>>;

/*
 * One schema per variable, from text to value. The message of a fault is what is expected, put so that
 * it goes on from "expected"; name and value are added by `config.ts`, which knows what may be shown.
 */

export function storageSettings(cwd: string) {
  return {
    DATA_DIR: z.string().transform((path) => resolve(cwd, path)),
    DATABASE_URL: url(
      ['postgres:', 'postgresql:'],
      'postgres://user:password@host:5432/database, with special characters of the password percent-encoded',
    ).optional(),
    REDIS_URL: url(
      ['redis:', 'rediss:'],
      'redis://host:6379 or rediss://user:password@host:6379, with special characters of the password percent-encoded',
    ).optional(),
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }),
    LOG_EMAILS: z.enum(['masked', 'full'], { error: 'masked or full' }),
  } satisfies Settings;
}

export function syncSettings(cwd: string) {
  return {
    KORE_HOST: text('the address of Kore.ai with its scheme, such as https://platform.kore.ai').transform(
      parseHost,
    ),
    KORE_CLIENT_ID: text('the client id of the app made in the Admin Console').regex(/^\S+$/, {
      error: 'a client id without spaces',
    }),
    KORE_CLIENT_SECRET: text('the client secret of the app made in the Admin Console')
      .refine((value) => value === value.trim(), { error: 'no space or line break at its start or end' })
      .transform((value) => new Secret(value)),
    KORE_JWE_PUBLIC_KEY: z
      .string()
      .transform((path, context) => parseJweKey(resolve(cwd, path), context))
      .optional(),
    ROSTER: text(ROSTER_EXPECTED).transform((value, context) => parseRosterSource(value, cwd, context)),
    ROSTER_COLUMN: z.string().optional(),
    BATCH_SIZE: integer(1, 1_000),
    CONCURRENCY: integer(1, 64),
    RATE_PER_MINUTE: limit(),
    RATE_PER_HOUR: limit(),
    GUARD_MAX_REMOVED_PERCENT: percent(),
    GUARD_MAX_REVOKED_PERCENT: percent(),
    GUARD_MAX_GRANTED_PERCENT: percent(),
    GUARD_MAX_ADMIN_CHANGES: integer(0, 1_000_000),
    GUARD_MIN_COVERAGE_PERCENT: percent(),
    CANARIES: z
      .string()
      .transform((path) => resolve(cwd, path))
      .optional(),
  } satisfies Settings;
}

function text(expected: string) {
  return z.string({ error: expected });
}

function integer(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
}

/** A number of calls, 0 meaning no limit; as a value that is null, which no arithmetic takes for a number. */
function limit() {
  return integer(0, 1_000_000).transform((calls) => (calls === 0 ? null : calls));
}

function percent() {
  const error = 'a percentage from 0 to 100, without a % sign';
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, { error })
    .transform(Number)
    .pipe(z.number().max(100, { error }));
}

function url(protocols: readonly string[], expected: string) {
  return z
    .string()
    .refine((value) => protocols.includes(parseUrl(value)?.protocol ?? ''), { error: expected })
    .transform((value) => new Secret(value));
}

export function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function parseHost(value: string, context: z.RefinementCtx): string {
  const host = parseUrl(value);
  if (host === null || !/^https?:\/\//i.test(value)) {
    return refuse(context, 'an address with its scheme, such as https://platform.kore.ai');
  }
  if (`${host.username}${host.password}${host.search}${host.hash}` !== '' || host.pathname !== '/') {
    return refuse(context, 'scheme, host and port only, without user, path or query');
  }
  if (host.protocol === 'http:' && !isLoopback(host.hostname)) {
    return refuse(
      context,
      'https: over http the token would travel in clear, which only this machine may see',
    );
  }
  return host.origin;
}

/** Over https, or on this machine: for an address that is itself a secret. */
export function isPrivateAddress(value: string): boolean {
  const address = parseUrl(value);
  if (address === null || value !== value.trim()) return false;
  return address.protocol === 'https:' || (address.protocol === 'http:' && isLoopback(address.hostname));
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

const ROSTER_EXPECTED = `the path of a .txt, .csv, .json or .jsonl file, - for standard input, or ${LISTING_NAME}`;

function parseRosterSource(value: string, cwd: string, context: z.RefinementCtx): RosterSource {
  if (value === '-') return { kind: 'stdin' };
  if (value === LISTING_NAME) return { kind: 'listing' };
  if (/^kore:/i.test(value)) {
    return refuse(context, `${LISTING_NAME}, the only listing of Kore.ai that names everybody`);
  }
  if (value.includes('://')) return refuse(context, `${ROSTER_EXPECTED}: there is no other source`);
  return { kind: 'file', path: resolve(cwd, value) };
}

const jweKey = z.looseObject({
  kty: z.literal('RSA'),
  n: z.string().min(1),
  e: z.string().min(1),
  // The private part would say that the wrong file was handed over, to the wrong place.
  d: z.undefined().optional(),
});

function parseJweKey(path: string, context: z.RefinementCtx): JwePublicKey {
  const expected = "a file with the platform's public RSA key as a JSON Web Key (kty, n, e)";
  const file = readTextFile(path);
  if ('problem' in file) return refuse(context, `${expected}: ${file.problem}`);
  let content: unknown;
  try {
    content = JSON.parse(file.text);
  } catch {
    return refuse(context, `${expected}: it is not valid JSON`);
  }
  const key = jweKey.safeParse(content);
  return key.success ? key.data : refuse(context, `${expected}: it holds something else`);
}

/** Reads a file that a variable names; a problem is put in words, without the content. */
export function readTextFile(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: code === 'ENOENT' ? 'it does not exist' : `it could not be read (${code})` };
  }
}

export function refuse(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}

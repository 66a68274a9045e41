import { USERS_INFO, type Api } from './api.ts';
import { computeBackoffMs, computeCeilingMs } from './backoff.ts';
import type { BackoffLimits } from './backoff.ts';

/** What a refused token is refused for, as far as the message tells. */
export type UnauthorizedReason =
  'invalid_credentials' | 'bad_token' | 'scope' | 'jti' | 'replay' | 'clock' | 'jwe' | 'unknown';

/** What is known of a failed call. Nothing here may carry a token, a secret or an address (I8). */
interface Seen {
  readonly status?: number;
  /** The server's words, masked and truncated. */
  readonly message?: string;
  /** The error code of Node or OpenSSL, such as `ECONNREFUSED`. */
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** Why a call as a whole brought no answers. */
export type ApiFailure = Seen &
  (
    | { readonly kind: 'unauthorized'; readonly reason: UnauthorizedReason }
    | { readonly kind: 'timeout'; readonly phase: string }
    /** `location`: scheme, host and port alone; the rest of a redirect may carry secrets. */
    | { readonly kind: 'redirect'; readonly location?: string }
    | { readonly kind: PlainFailureKind }
  );

type PlainFailureKind =
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'precondition_failed'
  | 'too_large'
  | 'reply_too_large'
  | 'bad_request'
  | 'rate_limited'
  | 'server_error'
  | 'unavailable'
  | 'not_json'
  | 'truncated'
  | 'empty'
  | 'wrong_content_type'
  | 'encrypted'
  | 'reset'
  | 'dns'
  | 'tls'
  | 'refused'
  | 'cancelled'
  | 'unknown';

export type Decision =
  | { readonly action: 'retry'; readonly delayMs: number }
  /** Ask again in halves, each counting its attempts from one: an entry that spoils its batch ends up alone. */
  | { readonly action: 'split' }
  /** No entry can be answered until somebody has done what `advice` says. */
  | { readonly action: 'stop'; readonly advice: string }
  | { readonly action: 'give_up'; readonly reason: string };

export interface FailureContext {
  /** Counts from 1: the attempt that failed. */
  readonly attempt: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly batchSize: number;
  /** Whether the attempt before failed in the same way; so it is where left out. */
  readonly isRepeated?: boolean;
  /** What was called, `usersInfo` unless given: advice names it and its scope. */
  readonly api?: Api;
}

interface Row {
  /** How many times in all to try, the first included. */
  readonly attempts: number;
  readonly backoff: BackoffLimits;
  /** Never ask again before this, which doubles with each attempt up to its maximum. */
  readonly quiet?: BackoffLimits;
  /** What follows the last attempt. A batch of one cannot be split: it is given up. */
  readonly finally: 'split' | 'give_up' | { readonly stop: Advice };
}

type Advice = string | ((api: Api) => string);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** As often as the most patient row. */
const MOST_MIXED_ATTEMPTS = 10;

/** A server that asks for more is asking for another night. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

const NO_BACKOFF: BackoffLimits = { baseMs: 0, maxMs: 0 };
const BRIEF: BackoffLimits = { baseMs: SECOND, maxMs: MINUTE };
/** Ten attempts span some seven minutes: an outage of a few minutes in the night needs nobody. */
const PATIENT: BackoffLimits = { baseMs: 2 * SECOND, maxMs: 5 * MINUTE };

function appAdvice({ scope }: Api): string {
  return `The app must be made in the Admin Console (not in a bot) and hold the scope "${scope}".`;
}

const UNAUTHORIZED: Readonly<Record<UnauthorizedReason, Row>> = {
  invalid_credentials: stopAtOnce(
    (api) =>
      `Compare KORE_CLIENT_ID and KORE_CLIENT_SECRET with the app, and KORE_HOST with the account's host. ${appAdvice(api)}`,
  ),
  bad_token: stopAtOnce(
    (api) =>
      `The token could not be read. Check that KORE_CLIENT_SECRET is the whole secret of the app named by KORE_CLIENT_ID, that the app signs with HS256, and whether it enforces JWE (then KORE_JWE_PUBLIC_KEY is needed). ${appAdvice(api)}`,
  ),
  scope: stopAtOnce(
    ({ scope }) =>
      `Give the app the scope "${scope}" in the Admin Console; an app made in a bot cannot have it.`,
  ),
  jti: stopAtOnce(
    'The app enforces JTI and refused this token\'s "jti" or "exp". Check this machine\'s clock, and the app\'s JTI setting in the Admin Console.',
  ),
  // Every attempt mints its own token, so a replay is somebody else's mistake, until it persists.
  replay: {
    attempts: 3,
    backoff: BRIEF,
    finally: {
      stop: 'Fresh tokens are refused as replays. Check that no proxy repeats requests, and the JTI setting of the app in the Admin Console.',
    },
  },
  clock: stopAtOnce(
    "The token is refused for its times. Set this machine's clock (NTP): it must be within five minutes of Kore.ai's.",
  ),
  jwe: stopAtOnce(
    "The app enforces JWE or cannot decrypt the token. Check that KORE_JWE_PUBLIC_KEY names the platform's current public key (JWK), and the app's JWE setting in the Admin Console.",
  ),
  unknown: stopAtOnce(
    (api) =>
      `Check KORE_CLIENT_ID, KORE_CLIENT_SECRET, KORE_HOST, and whether the app enforces JTI or JWE. ${appAdvice(api)}`,
  ),
};

const ROWS: Readonly<Record<Exclude<ApiFailure['kind'], 'unauthorized'>, Row>> = {
  forbidden: stopAtOnce(
    (api) =>
      `Access is forbidden. Check whether an IP allow-list or a firewall stands before the account. ${appAdvice(api)}`,
  ),
  // A deployment can answer 404 for a moment.
  not_found: {
    attempts: 3,
    backoff: BRIEF,
    finally: {
      stop: ({ name }) => `KORE_HOST has no ${name} API. Check KORE_HOST, scheme and host alone.`,
    },
  },
  method_not_allowed: stopAtOnce(
    ({ name, method }) =>
      `KORE_HOST does not take ${method} for ${name}. Check KORE_HOST, and any proxy that rewrites requests.`,
  ),
  precondition_failed: { attempts: 1, backoff: NO_BACKOFF, finally: 'split' },
  bad_request: { attempts: 1, backoff: NO_BACKOFF, finally: 'split' },
  too_large: { attempts: 1, backoff: NO_BACKOFF, finally: 'split' },
  reply_too_large: { attempts: 1, backoff: NO_BACKOFF, finally: 'split' },
  // Without Retry-After: a minute, then an hour's block by doubling. Together about twenty hours; the limits are
  // shared with whatever else uses the account, so that patience is not hope.
  rate_limited: {
    attempts: 24,
    backoff: BRIEF,
    quiet: { baseMs: MINUTE, maxMs: HOUR },
    finally: 'give_up',
  },
  server_error: { attempts: 6, backoff: PATIENT, finally: 'split' },
  unavailable: { attempts: 10, backoff: PATIENT, finally: 'split' },
  not_json: { attempts: 5, backoff: BRIEF, finally: 'split' },
  truncated: { attempts: 5, backoff: BRIEF, finally: 'split' },
  empty: { attempts: 5, backoff: BRIEF, finally: 'split' },
  wrong_content_type: { attempts: 5, backoff: BRIEF, finally: 'split' },
  // One odd reply is no reason to stop a night; the same again is a setting.
  encrypted: {
    attempts: 2,
    backoff: BRIEF,
    finally: {
      stop: ({ title }) =>
        `Payload encryption appears enabled for ${title}, and its format is not documented. Switch it off for this app in the Admin Console.`,
    },
  },
  redirect: {
    attempts: 3,
    backoff: BRIEF,
    finally: {
      stop: 'KORE_HOST redirects, and the token is not sent on. Set KORE_HOST to the host that answers; check for a proxy that wants a login.',
    },
  },
  reset: { attempts: 6, backoff: PATIENT, finally: 'split' },
  timeout: { attempts: 6, backoff: PATIENT, finally: 'split' },
  dns: {
    attempts: 10,
    backoff: PATIENT,
    finally: { stop: "The host in KORE_HOST cannot be resolved. Check its spelling and this machine's DNS." },
  },
  tls: {
    attempts: 3,
    backoff: BRIEF,
    finally: {
      stop: 'No trusted TLS connection to KORE_HOST. Check the scheme, the certificate, the clock, and whether a proxy intercepts TLS (then NODE_EXTRA_CA_CERTS).',
    },
  },
  refused: {
    attempts: 10,
    backoff: PATIENT,
    finally: { stop: 'Nothing answers at KORE_HOST. Check host and port, the network, and the firewall.' },
  },
  // We went away, not they: the batch is as due as before.
  cancelled: { attempts: Infinity, backoff: NO_BACKOFF, finally: 'give_up' },
  unknown: { attempts: 5, backoff: BRIEF, finally: 'split' },
};

/**
 * Decides what happens to a batch after a failed call. Total; its only input besides the arguments is
 * `random`. `Retry-After` is never undercut and, up to a day, never capped.
 */
export function decideFailure(failure: ApiFailure, context: FailureContext): Decision {
  const row = failure.kind === 'unauthorized' ? UNAUTHORIZED[failure.reason] : ROWS[failure.kind];
  if (context.attempt < row.attempts || isStrayStop(row, context)) {
    return { action: 'retry', delayMs: computeDelayMs(row, failure.retryAfterMs, context) };
  }
  if (typeof row.finally === 'object') {
    const { stop } = row.finally;
    const advice = typeof stop === 'string' ? stop : stop(context.api ?? USERS_INFO);
    return { action: 'stop', advice: `${describeFailure(failure)}. ${advice}` };
  }
  if (row.finally === 'split' && context.batchSize > 1) return { action: 'split' };
  return {
    action: 'give_up',
    reason: `${describeFailure(failure)} (attempt ${context.attempt})`,
  };
}

/**
 * A stop that would rest on a single reply among failures of other kinds: a platform that restarts is unavailable
 * for a while, and then may redirect to a page or not be found for a moment.
 */
function isStrayStop(row: Row, { attempt, isRepeated = true }: FailureContext): boolean {
  return typeof row.finally === 'object' && row.attempts > 1 && !isRepeated && attempt < MOST_MIXED_ATTEMPTS;
}

function computeDelayMs(row: Row, retryAfterMs: number | undefined, context: FailureContext): number {
  const jitterMs = computeBackoffMs(context.attempt, row.backoff, context.random);
  if (retryAfterMs !== undefined) {
    // On top, not instead: everybody who was refused got the same hint.
    const hintMs = Math.min(Math.max(0, retryAfterMs), MAX_RETRY_AFTER_MS);
    return Math.ceil(hintMs) + Math.min(jitterMs, 5 * SECOND);
  }
  const quietMs = row.quiet === undefined ? 0 : computeCeilingMs(context.attempt, row.quiet);
  return quietMs + jitterMs;
}

/** The server takes smaller batches only, from anybody. */
export function isTooLarge({ kind }: ApiFailure): boolean {
  return kind === 'too_large' || kind === 'reply_too_large';
}

const OUTAGE_KINDS: ReadonlySet<ApiFailure['kind']> = new Set([
  'server_error',
  'unavailable',
  'not_json',
  'truncated',
  'empty',
  'wrong_content_type',
  'reset',
  'timeout',
  'dns',
  'tls',
  'refused',
  'unknown',
]);

/** Failures that say nothing of the batch: a streak of them is an account that is down. */
export function isOutage({ kind }: ApiFailure): boolean {
  return OUTAGE_KINDS.has(kind);
}

/** One line for a log, a receipt or a report, such as `server_error, HTTP 500: "try later"`. */
export function describeFailure(failure: ApiFailure): string {
  const details = [
    failure.kind === 'unauthorized' && failure.reason !== 'unknown' && failure.reason,
    failure.kind === 'timeout' && `in phase ${failure.phase}`,
    failure.kind === 'redirect' && failure.location !== undefined && `to ${failure.location}`,
    failure.status !== undefined && `HTTP ${failure.status}`,
    failure.code,
  ].filter((detail) => typeof detail === 'string');
  const subject = [failure.kind, ...details].join(', ');
  return failure.message === undefined ? subject : `${subject}: "${failure.message}"`;
}

/** Whether what `describeFailure` once said is of the same kind as this failure. */
export function describesSameKind(description: string | null, { kind }: ApiFailure): boolean {
  return description !== null && /^\w+/.exec(description)?.[0] === kind;
}

function stopAtOnce(advice: Advice): Row {
  return { attempts: 1, backoff: NO_BACKOFF, finally: { stop: advice } };
}

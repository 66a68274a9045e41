import { describeFailure, type ApiFailure, type UnauthorizedReason } from './api-failure.ts';
import { USERS_INFO, type Api } from './api.ts';
import { computeBackoffMs, type BackoffLimits } from './backoff.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from './duration.ts';
import type { ErrorCode } from './errors.ts';
import { judgeStreak, type Streak, type Trouble } from './outage.ts';

/** `KORE_UNREACHABLE`: may be over by itself. `KORE_REFUSED`: will not. */
export type StopCode = Extract<ErrorCode, 'KORE_UNREACHABLE' | 'KORE_REFUSED'>;

export type Decision =
  /** The batch is asked again after so long. */
  | { readonly action: 'retry'; readonly delayMs: number }
  /** Nobody is asked for so long. Counts as an attempt of the batch only where that is suspected of its failure. */
  | { readonly action: 'pause'; readonly delayMs: number; readonly isSuspect: boolean }
  /** Ask again in halves, each counting its attempts from one: an entry that spoils its batch ends up alone. */
  | { readonly action: 'split' }
  /** No entry can be answered until somebody has done what `advice` says. */
  | { readonly action: 'stop'; readonly code: StopCode; readonly advice: string }
  | { readonly action: 'give_up'; readonly reason: string };

export interface FailureContext {
  /** Counts from 1: the attempt that failed, of those that count against the batch. */
  readonly attempt: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly batchSize: number;
  /** Whether the attempt before failed in the same way; so it is where left out. */
  readonly isRepeated?: boolean;
  /** How the calls of the run have gone, this one included; where left out, the batch alone is suspected. */
  readonly streak?: Streak;
  /** What was called, `usersInfo` unless given: advice names it and its scope. */
  readonly api?: Api;
}

interface Row {
  /** How many times in all to try, the first included. */
  readonly attempts: number;
  readonly backoff: BackoffLimits;
  /** What such failures say of the account where nothing else is answered either. */
  readonly trouble?: Trouble;
  /** What follows the last attempt. A batch of one cannot be split: it is given up. */
  readonly finally: 'split' | 'give_up' | { readonly stop: Advice };
}

type Advice = string | ((api: Api) => string);

/** As often as the most patient row. */
const MOST_MIXED_ATTEMPTS = 10;

/** A server that asks for more is asking for another night. */
const MAX_RETRY_AFTER_MS = DAY_MS;

const NO_BACKOFF: BackoffLimits = { baseMs: 0, maxMs: 0 };
const BRIEF: BackoffLimits = { baseMs: SECOND_MS, maxMs: MINUTE_MS };
/** Ten attempts span some seven minutes: an outage of a few minutes in the night needs nobody. */
const PATIENT: BackoffLimits = { baseMs: 2 * SECOND_MS, maxMs: 5 * MINUTE_MS };

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
  // When to ask again is judged over the run (outage.ts): the limits are those of the whole account.
  rate_limited: { attempts: 24, backoff: NO_BACKOFF, finally: 'give_up', trouble: 'refusing' },
  server_error: { attempts: 6, backoff: PATIENT, finally: 'split', trouble: 'down' },
  unavailable: { attempts: 10, backoff: PATIENT, finally: 'split', trouble: 'down' },
  not_json: { attempts: 5, backoff: BRIEF, finally: 'split', trouble: 'down' },
  truncated: { attempts: 5, backoff: BRIEF, finally: 'split', trouble: 'down' },
  empty: { attempts: 5, backoff: BRIEF, finally: 'split', trouble: 'down' },
  wrong_content_type: { attempts: 5, backoff: BRIEF, finally: 'split', trouble: 'down' },
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
  reset: { attempts: 6, backoff: PATIENT, finally: 'split', trouble: 'down' },
  timeout: { attempts: 6, backoff: PATIENT, finally: 'split', trouble: 'down' },
  dns: {
    attempts: 10,
    backoff: PATIENT,
    finally: { stop: "The host in KORE_HOST cannot be resolved. Check its spelling and this machine's DNS." },
    trouble: 'down',
  },
  tls: {
    attempts: 3,
    backoff: BRIEF,
    finally: {
      stop: 'No trusted TLS connection to KORE_HOST. Check the scheme, the certificate, the clock, and whether a proxy intercepts TLS (then NODE_EXTRA_CA_CERTS).',
    },
    trouble: 'down',
  },
  refused: {
    attempts: 10,
    backoff: PATIENT,
    finally: { stop: 'Nothing answers at KORE_HOST. Check host and port, the network, and the firewall.' },
    trouble: 'down',
  },
  // We went away, not they: the batch is as due as before.
  cancelled: { attempts: Infinity, backoff: NO_BACKOFF, finally: 'give_up' },
  unknown: { attempts: 5, backoff: BRIEF, finally: 'split', trouble: 'down' },
};

/**
 * Decides what happens to a batch after a failed call. Total; its only input besides the arguments is `random`.
 * `Retry-After` is never undercut, and where it reaches into the next night it is not waited for.
 */
export function decideFailure(failure: ApiFailure, context: FailureContext): Decision {
  const row = findRow(failure);
  const hintMs = readHint(failure);
  const verdict = judgeStreak(context.streak ?? suspectAlone(row), hintMs, context.random);
  const isOver =
    verdict.action === 'conclude' || (context.attempt >= row.attempts && !isStrayStop(row, context));
  // What a person must do is said at once, however long the others may have to wait.
  if (isOver && typeof row.finally === 'object') return stop(failure, context);
  if (verdict.action === 'stop') return stop(failure, context, verdict.reason);
  // Nothing is answered at all: that says nothing of this batch, and is no reason to split it or give it up.
  if (verdict.action === 'pause' && !(verdict.isSuspect && isOver)) return verdict;
  if (!isOver) return { action: 'retry', delayMs: computeDelayMs(row, hintMs, context) };
  if (row.finally === 'split' && context.batchSize > 1) return { action: 'split' };
  return {
    action: 'give_up',
    reason: `${describeFailure(failure)} (attempt ${context.attempt})`,
  };
}

/** What a failure of this kind says of the account; undefined where it is the batch's, or a setting's. */
export function readTrouble(failure: ApiFailure): Trouble | undefined {
  return findRow(failure).trouble;
}

function findRow(failure: ApiFailure): Row {
  return failure.kind === 'unauthorized' ? UNAUTHORIZED[failure.reason] : ROWS[failure.kind];
}

function suspectAlone({ trouble = 'down' }: Row): Streak {
  return { trouble, failures: 0, lastingMs: 0, suspectsOnly: true };
}

function readHint({ retryAfterMs }: ApiFailure): number | undefined {
  return retryAfterMs === undefined
    ? undefined
    : Math.ceil(Math.min(Math.max(0, retryAfterMs), MAX_RETRY_AFTER_MS));
}

const TROUBLE_ADVICE: Readonly<Record<Trouble, string>> = {
  down: "Check the network and Kore.ai's status page.",
  refusing:
    "The account's limits are shared by all that use it: check what else calls the API and that RATE_PER_MINUTE and RATE_PER_HOUR are not above them, or ask Kore.ai whether the account is blocked.",
};

function stop(failure: ApiFailure, { api = USERS_INFO }: FailureContext, reason?: string): Decision {
  const { trouble, finally: last } = findRow(failure);
  const advice = typeof last === 'object' ? last.stop : TROUBLE_ADVICE[trouble ?? 'down'];
  const seen = reason === undefined ? describeFailure(failure) : `${reason}: ${describeFailure(failure)}`;
  return {
    action: 'stop',
    code: trouble === undefined ? 'KORE_REFUSED' : 'KORE_UNREACHABLE',
    advice: `${seen}. ${typeof advice === 'string' ? advice : advice(api)}`,
  };
}

/**
 * A stop that would rest on a single reply among failures of other kinds: a platform that restarts is unavailable
 * for a while, and then may redirect to a page or not be found for a moment.
 */
function isStrayStop(row: Row, { attempt, isRepeated = true }: FailureContext): boolean {
  return typeof row.finally === 'object' && row.attempts > 1 && !isRepeated && attempt < MOST_MIXED_ATTEMPTS;
}

function computeDelayMs(row: Row, hintMs: number | undefined, context: FailureContext): number {
  const jitterMs = computeBackoffMs(context.attempt, row.backoff, context.random);
  // On top, not instead: everybody who was refused got the same hint.
  return hintMs === undefined ? jitterMs : hintMs + Math.min(jitterMs, 5 * SECOND_MS);
}

function stopAtOnce(advice: Advice): Row {
  return { attempts: 1, backoff: NO_BACKOFF, finally: { stop: advice } };
}

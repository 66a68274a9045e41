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

const PLAIN_FAILURE_KINDS = [
  'forbidden',
  'not_found',
  'method_not_allowed',
  'precondition_failed',
  'too_large',
  'reply_too_large',
  'bad_request',
  'rate_limited',
  'server_error',
  'unavailable',
  'not_json',
  'truncated',
  'empty',
  'wrong_content_type',
  'encrypted',
  'reset',
  'dns',
  'tls',
  'refused',
  'cancelled',
  'unknown',
] as const;
type PlainFailureKind = (typeof PLAIN_FAILURE_KINDS)[number];

/** Every kind there is. */
export const API_FAILURE_KINDS = [
  'unauthorized',
  'timeout',
  'redirect',
  ...PLAIN_FAILURE_KINDS,
] as const satisfies readonly ApiFailure['kind'][];

/** The server takes smaller batches only, from anybody. */
export function isTooLarge({ kind }: ApiFailure): boolean {
  return kind === 'too_large' || kind === 'reply_too_large';
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

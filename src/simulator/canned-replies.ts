import { STATUS_CODES } from 'node:http';
import type { Reply } from './call.ts';

/** A reply that does not depend on the directory. */
export interface CannedReply {
  readonly status: number;
  /** The words of an error in the documents' general shape; those of the status where left out. */
  readonly msg?: string;
  /** Goes with `msg`; the status where left out, which it is not always. */
  readonly code?: number;
  /** In place of an error: text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Seconds, or a date as HTTP writes it. */
  readonly retryAfter?: number | string;
  /** In lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** Everything the API is known to say of a call as a whole, and what stands between it and its callers. */
const CANNED = {
  invalid_credentials: { status: 401, msg: 'Invalid SDK credentials', code: 4002 },
  invalid_token: { status: 401, msg: 'Invalid JWT token', code: 4002 },
  missing_scope: { status: 401, msg: 'Permission denied. Scope is incorrect!', code: 4002 },
  overlong_token: {
    status: 401,
    msg: 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)',
  },
  replayed_token: { status: 401, msg: 'error verifying the jwt: possibly a replay' },
  // No document has these two; the words are those of common libraries.
  expired_token: { status: 401, msg: 'jwt expired', code: 4002 },
  undecryptable_token: { status: 401, msg: 'JWE decryption failed', code: 4002 },
  echoed_token: { status: 401, msg: 'The token {token} could not be verified', code: 4002 },
  forbidden: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  // Documented for a sibling API; of all that is, it invites the most to take everybody in the call for unknown.
  bad_request: { status: 400, msg: 'One or more entered emails not found' },
  invalid_arguments: { status: 412, msg: 'Validation errors/ Invalid arguments' },
  too_large: { status: 413 },
  rate_limited: {
    status: 429,
    msg: 'Rate limit for this API has been reached. Please try again after some time.',
  },
  server_error: { status: 500 },
  bad_gateway: {
    status: 502,
    body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
    headers: HTML,
  },
  unavailable: { status: 503 },
  not_json: {
    status: 200,
    body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>',
    headers: HTML,
  },
  empty_body: { status: 200, body: '' },
  redirect: { status: 302, body: '', headers: { location: 'https://login.example.com/?to=usersInfo' } },
  // The documents name the three parts, and neither their fields nor their form.
  encrypted: {
    status: 200,
    body: {
      encryptedPayload: 'f4qW0mXo8J2c1uVbR7yTzK5pLhNdGsEa9iQxUjYwMvBt3CkZrSgP6OnAeHlDfI==',
      encryptedKey: 'Zk9vYmFyYmF6cXV4ZWRrZXlub3RhcmVhbG9uZWF0YWxsYnV0bG9uZ2Vub3VnaA==',
      metadata: { alg: 'RSA-OAEP', enc: 'A256GCM' },
    },
  },
} as const satisfies Readonly<Record<string, CannedReply>>;

export type CannedReplyName = keyof typeof CANNED;

export function isCannedReplyName(name: string): name is CannedReplyName {
  return Object.hasOwn(CANNED, name);
}

/** `retryAfter` is that of the reply itself where left out. */
export function writeReply(
  named: CannedReplyName | CannedReply,
  retryAfter?: CannedReply['retryAfter'],
): Reply {
  const canned: CannedReply = typeof named === 'string' ? CANNED[named] : named;
  const { status, msg = STATUS_CODES[status] ?? 'Unknown', code = status } = canned;
  const { body = { errors: [{ msg, code }] } } = canned;
  const wait = retryAfter ?? canned.retryAfter;
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { ...canned.headers, ...(wait === undefined ? {} : { 'retry-after': String(wait) }) },
  };
}

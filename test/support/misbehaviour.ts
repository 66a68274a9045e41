import { gzipSync } from 'node:zlib';
import type { ApiFailure } from '../../src/core/api-failure.ts';
import type { Decision } from '../../src/core/error-table.ts';
import { sendJson } from './http-server.ts';
import type { ReceivedRequest, Respond } from './http-server.ts';

/** One way of a server not to answer, and what should be made of it. */
export interface Misbehaviour {
  readonly title: string;
  readonly respond: Respond;
  readonly failure: Partial<ApiFailure>;
  /** At the first attempt, with a batch of two. */
  readonly action: Decision['action'];
}

const RATE_LIMIT = 'Rate limit for this API has been reached. Please try again after some time.';

export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  refused(401, 'Invalid SDK credentials', { kind: 'unauthorized', reason: 'invalid_credentials' }, 'stop'),
  refused(401, 'Invalid JWT token', { kind: 'unauthorized', reason: 'bad_token' }, 'stop'),
  refused(401, 'Permission denied. Scope is incorrect!', { kind: 'unauthorized', reason: 'scope' }, 'stop'),
  refused(
    401,
    'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)',
    { kind: 'unauthorized', reason: 'jti' },
    'stop',
  ),
  refused(
    401,
    'error verifying the jwt: possibly a replay',
    { kind: 'unauthorized', reason: 'replay' },
    'retry',
  ),
  refused(401, 'jwt expired', { kind: 'unauthorized', reason: 'clock' }, 'stop'),
  refused(401, 'JWE decryption failed', { kind: 'unauthorized', reason: 'jwe' }, 'stop'),
  refused(401, 'No', { kind: 'unauthorized', reason: 'unknown' }, 'stop'),
  refused(400, 'Invalid values', { kind: 'bad_request' }, 'split'),
  refused(403, 'Forbidden', { kind: 'forbidden' }, 'stop'),
  refused(404, 'Cannot POST', { kind: 'not_found' }, 'retry'),
  refused(405, 'Method Not Allowed', { kind: 'method_not_allowed' }, 'stop'),
  refused(408, 'Request Timeout', { kind: 'timeout', phase: 'server' }, 'retry'),
  refused(412, 'Validation errors/ Invalid arguments', { kind: 'precondition_failed' }, 'split'),
  refused(413, 'Payload too large', { kind: 'too_large' }, 'split'),
  refused(414, 'URI too long', { kind: 'too_large' }, 'split'),
  refused(418, 'teapot', { kind: 'unknown' }, 'retry'),
  refused(429, 'Slow down', { kind: 'rate_limited' }, 'pause'),
  refused(500, 'boom', { kind: 'server_error' }, 'retry'),
  refused(503, 'later', { kind: 'unavailable' }, 'retry'),
  ...[200, 400, 401, 403, 500, 503].map((status) =>
    refused(status, RATE_LIMIT, { kind: 'rate_limited' }, 'pause'),
  ),
  refused(
    200,
    'Invalid SDK credentials',
    { kind: 'unauthorized', reason: 'invalid_credentials' },
    'stop',
    4002,
  ),
  refused(200, 'boom', { kind: 'server_error', status: 200 }, 'retry', 500),
  refused(200, 'whatever', { kind: 'unknown', message: 'whatever' }, 'retry', 0),
  {
    title: 'a message under the key "message"',
    respond: (_, response) =>
      sendJson(response, { code: 4002, message: 'Permission denied. Scope is incorrect!' }, 401),
    failure: { kind: 'unauthorized', reason: 'scope', message: 'Permission denied. Scope is incorrect!' },
    action: 'stop',
  },
  {
    title: '429 with Retry-After in seconds',
    respond: (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
    failure: { kind: 'rate_limited', status: 429, retryAfterMs: 7_000 },
    action: 'pause',
  },
  {
    title: '429 with Retry-After as a date, by the clock of the server',
    respond: (_, response) =>
      response
        .writeHead(429, {
          date: 'Sun, 01 Mar 2015 02:00:00 GMT',
          'retry-after': 'Sun, 01 Mar 2015 02:02:00 GMT',
        })
        .end(),
    failure: { kind: 'rate_limited', retryAfterMs: 120_000 },
    action: 'pause',
  },
  {
    title: '503 with Retry-After',
    respond: (_, response) => response.writeHead(503, { 'retry-after': '1.5' }).end(),
    failure: { kind: 'unavailable', retryAfterMs: 1_500 },
    action: 'retry',
  },
  {
    title: 'HTML instead of JSON',
    respond: (_, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><style>b{}</style><h1>Sign in</h1></html>'),
    failure: { kind: 'not_json', message: 'Sign in' },
    action: 'retry',
  },
  {
    title: 'an HTML page about the rate limit',
    respond: (_, response) => response.writeHead(403).end('<h1>Rate limit exceeded</h1>'),
    failure: { kind: 'rate_limited' },
    action: 'pause',
  },
  {
    title: 'users under the type of a page',
    respond: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('[]'),
    failure: { kind: 'wrong_content_type', message: 'content type text/html' },
    action: 'retry',
  },
  {
    title: 'an empty body',
    respond: (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(),
    failure: { kind: 'empty', status: 200 },
    action: 'retry',
  },
  {
    title: 'no content',
    respond: (_, response) => response.writeHead(204).end(),
    failure: { kind: 'empty', status: 204 },
    action: 'retry',
  },
  {
    title: 'JSON that breaks off at the end of a well-formed response',
    respond: (_, response) => response.end('[{"userInfo":{"emailId":"jane@example.com","userId":"u-1"}}'),
    failure: { kind: 'truncated' },
    action: 'retry',
  },
  ...[400, 401, 403].map((status) => ({
    title: `HTTP ${status} whose words break off`,
    respond: (_: ReceivedRequest, response: Parameters<Respond>[1]) => {
      response.writeHead(status).end('{"errors":[{"msg":"error verifying the');
    },
    failure: { kind: 'truncated', status } as const,
    action: 'retry' as const,
  })),
  {
    title: 'a body shorter than announced',
    respond: (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[]', () => response.destroy());
    },
    failure: { kind: 'truncated' },
    action: 'retry',
  },
  {
    title: 'a compressed body that breaks off',
    respond: (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync('[1,2,3,4,5]').subarray(0, 15), () => response.destroy());
    },
    failure: { kind: 'truncated' },
    action: 'retry',
  },
  {
    title: 'a compressed body that ends too early',
    respond: (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[1,2,3,4,5]').subarray(0, 15)),
    failure: { kind: 'truncated' },
    action: 'retry',
  },
  {
    title: 'a body that only claims to be compressed',
    respond: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('[]'),
    failure: { kind: 'truncated' },
    action: 'retry',
  },
  {
    title: 'a reply larger than anybody needs',
    respond: (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[]'.padEnd(2_000_000))),
    failure: { kind: 'reply_too_large' },
    action: 'split',
  },
  {
    title: 'a reply announced as larger than anybody needs',
    respond: (_, response) => {
      response.writeHead(200, { 'content-length': 2_000_000 }).write('[');
    },
    failure: { kind: 'reply_too_large' },
    action: 'split',
  },
  {
    title: 'an encrypted payload',
    respond: (_, response) =>
      sendJson(response, { encryptedData: 'q'.repeat(99), key: 'k'.repeat(64), metadata: {} }),
    failure: { kind: 'encrypted', message: 'payload encryption appears enabled' },
    action: 'retry',
  },
  {
    title: 'an object of no known kind',
    respond: (_, response) => sendJson(response, { users: [] }),
    failure: { kind: 'unknown' },
    action: 'retry',
  },
  ...['null', '7', '"text"', 'true'].map((body) => ({
    title: `the JSON value ${body}`,
    respond: (_: ReceivedRequest, response: Parameters<Respond>[1]) => {
      response.end(body);
    },
    failure: { kind: 'unknown' } as const,
    action: 'retry' as const,
  })),
  {
    title: 'a redirect',
    respond: (_, response) =>
      response.writeHead(307, { location: 'https://login.example.com/?session=MARKER' }).end(),
    failure: { kind: 'redirect', status: 307, location: 'https://login.example.com' },
    action: 'retry',
  },
  {
    title: 'a reset before any response',
    respond: (_, response) => response.socket?.resetAndDestroy(),
    failure: { kind: 'reset', code: 'ECONNRESET' },
    action: 'retry',
  },
  {
    title: 'a connection closed before any response',
    respond: (_, response) => response.destroy(),
    failure: { kind: 'reset' },
    action: 'retry',
  },
  {
    title: 'no response at all',
    respond: () => undefined,
    failure: { kind: 'timeout', phase: 'response' },
    action: 'retry',
  },
  {
    title: 'a body that never ends',
    respond: (_, response) => {
      response.writeHead(200).write('[');
    },
    failure: { kind: 'timeout', phase: 'read' },
    action: 'retry',
  },
];

function refused(
  status: number,
  msg: string,
  failure: Partial<ApiFailure>,
  action: Decision['action'],
  code = status,
): Misbehaviour {
  return {
    title: `HTTP ${status} "${msg}"`,
    respond: (_, response) => sendJson(response, { errors: [{ msg, code }] }, status),
    failure: { ...failure, status: failure.status ?? status },
    action,
  };
}

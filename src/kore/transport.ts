import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got } from 'got';
import type { CancelableRequest, Delays, Response } from 'got';
import type { ApiFailure } from '../core/api-failure.ts';
import { parseHttpDate } from '../core/retry-after.ts';
import { classifyTransportError } from './transport-error.ts';

/** How long each phase of a call may take; a phase that is left out keeps its default. */
export interface KoreTimeouts {
  readonly lookupMs?: number;
  readonly connectMs?: number;
  readonly secureConnectMs?: number;
  readonly sendMs?: number;
  /** From the whole request sent to the first byte back. */
  readonly responseMs?: number;
  readonly readMs?: number;
  /** The whole call. */
  readonly requestMs?: number;
}

export interface TransportOptions {
  readonly timeouts?: KoreTimeouts;
  readonly agentMaxSockets?: number;
  /** Of a body after decompression: a small reply can unpack to any size. */
  readonly maxReplyBytes?: number;
}

/** What is copied from a response. got's own objects stay here: they carry every header, the token's among them (I8). */
export interface RawReply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly serverDate: Date | undefined;
  readonly text: string;
}

export type SendOutcome =
  { readonly ok: true; readonly reply: RawReply } | { readonly ok: false; readonly failure: ApiFailure };

/** One attempt each: no retry, no redirect. Neither throws. */
export interface Transport {
  getJson(url: string, token: string, signal?: AbortSignal): Promise<SendOutcome>;
  postJson(url: string, token: string, body: unknown, signal?: AbortSignal): Promise<SendOutcome>;
  close(): void;
}

const DEFAULT_MAX_REPLY_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_SOCKETS = 16;

/** HTTP to one host over connections that are kept alive. */
export function createTransport(options: TransportOptions = {}): Transport {
  const agentOptions = { keepAlive: true, maxSockets: options.agentMaxSockets ?? DEFAULT_MAX_SOCKETS };
  const agent = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  const client = got.extend({
    agent,
    timeout: toDelays(options.timeouts ?? {}),
    // When to ask again is decided by the error table, and every attempt needs a token of its own.
    retry: { limit: 0 },
    // The token must not travel to wherever a redirect points.
    followRedirect: false,
    throwHttpErrors: false,
    headers: { 'user-agent': 'kore-directory-sync', accept: 'application/json' },
  });
  const maxReplyBytes = options.maxReplyBytes ?? DEFAULT_MAX_REPLY_BYTES;

  return {
    getJson(url, token, signal) {
      const request = { headers: { auth: token }, responseType: 'buffer' } as const;
      return attempt(() => client.get(url, request), maxReplyBytes, signal);
    },
    postJson(url, token, body, signal) {
      const headers = { auth: token, 'content-type': 'application/json' };
      const request = { headers, body: JSON.stringify(body), responseType: 'buffer' } as const;
      return attempt(() => client.post(url, request), maxReplyBytes, signal);
    },
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

async function attempt(
  start: () => CancelableRequest<Response<Buffer>>,
  maxReplyBytes: number,
  signal: AbortSignal | undefined,
): Promise<SendOutcome> {
  // Read anew each time: it may be aborted at any moment.
  const isCancelled = () => signal?.aborted === true;
  if (isCancelled()) return { ok: false, failure: { kind: 'cancelled' } };
  const call = start();
  const limit = enforceLimit(call, maxReplyBytes);
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return { ok: true, reply: copyReply(await call) };
  } catch (error) {
    if (isCancelled()) return { ok: false, failure: { kind: 'cancelled' } };
    if (limit.isExceeded) return { ok: false, failure: oversizedFailure(maxReplyBytes) };
    return { ok: false, failure: classifyTransportError(error) };
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Cancels the call as soon as more has come, or is announced, than may. */
function enforceLimit(call: CancelableRequest, maxBytes: number): { readonly isExceeded: boolean } {
  const limit = { isExceeded: false };
  void call.on('downloadProgress', ({ transferred, total }) => {
    if (Math.max(transferred, total ?? 0) <= maxBytes) return;
    limit.isExceeded = true;
    call.cancel();
  });
  return limit;
}

function copyReply(response: Response<Buffer>): RawReply {
  const { headers } = response;
  return {
    status: response.statusCode,
    contentType: headers['content-type'],
    retryAfter: headers['retry-after'],
    location: headers.location,
    serverDate: parseHttpDate(headers.date),
    text: response.body.toString('utf8'),
  };
}

function oversizedFailure(maxReplyBytes: number): ApiFailure {
  return { kind: 'reply_too_large', message: `more than ${maxReplyBytes} bytes` };
}

/** A batch of fifty takes Kore.ai seconds at the very worst; a connection that does not come about, no time at all. */
function toDelays(timeouts: KoreTimeouts): Delays {
  return {
    lookup: timeouts.lookupMs ?? 10_000,
    connect: timeouts.connectMs ?? 10_000,
    secureConnect: timeouts.secureConnectMs ?? 10_000,
    send: timeouts.sendMs ?? 30_000,
    response: timeouts.responseMs ?? 60_000,
    read: timeouts.readMs ?? 60_000,
    request: timeouts.requestMs ?? 120_000,
  };
}

import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got, RequestError, TimeoutError } from 'got';
import { parseHttpDate, parseRetryAfterMs } from '../core/retry-after.ts';
import type { Secret } from '../core/secret.ts';

export interface Post {
  /** Secret whole: whoever knows the address of a Slack webhook or a heartbeat can write to it. */
  readonly url: Secret;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the whole call; 20 seconds where left out. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type PostOutcome =
  | { readonly ok: true; readonly status: number }
  | {
      readonly ok: false;
      /** A few words, neither the address nor what the receiver wrote but for a code in one word (I8). */
      readonly reason: string;
      /** The same post will be refused again: whoever runs this, or the receiver, has to change something. */
      readonly isPermanent: boolean;
      readonly retryAfterMs?: number;
    };

const TIMEOUT_MS = 20_000;
/** Of the reply: enough for a word that says why. The rest is not read. */
const REPLY_BYTES = 1_024;

/** A post now and then: a connection that is kept would be gone by the next. */
const AGENT = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * Posts once: no retry, no redirect followed (the body would go to where nobody sent it). Never throws; where
 * `signal` aborts, that is the reason.
 */
export async function post({
  url,
  headers,
  body,
  timeoutMs = TIMEOUT_MS,
  signal,
}: Post): Promise<PostOutcome> {
  const stream = got.stream.post(url.reveal(), {
    agent: AGENT,
    body,
    headers: { 'user-agent': 'kore-directory-sync', ...headers },
    timeout: { request: timeoutMs },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    ...(signal !== undefined && { signal }),
  });
  // Whatever comes after the status line changes nothing.
  stream.on('error', () => undefined);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      stream.once('response', resolve).once('error', reject);
    });
    return judge(response, await readStart(stream));
  } catch (error) {
    return { ok: false, reason: describeTransportError(error, timeoutMs), isPermanent: false };
  } finally {
    stream.destroy();
  }
}

/** Refusals that say "not now": the receiver was too slow, too early, or too busy. */
const TEMPORARY_REFUSALS: ReadonlySet<number> = new Set([408, 425, 429]);

function judge({ statusCode: status = 0, headers }: IncomingMessage, text: string): PostOutcome {
  if (status >= 200 && status < 300) return { ok: true, status };
  const retryAfterMs = parseRetryAfterMs(headers['retry-after'], parseHttpDate(headers.date) ?? new Date());
  return {
    ok: false,
    reason: describeStatus(status, text),
    isPermanent: status < 500 && !TEMPORARY_REFUSALS.has(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** An error code such as Slack's `no_service`. Anything else may quote the address back (I8). */
const CODE_WORD = /^[a-z]+(?:_[a-z]+)*$/;

function describeStatus(status: number, text: string): string {
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed`;
  const word = text.trim();
  return `HTTP ${status}${word.length <= 60 && CODE_WORD.test(word) ? `: ${word}` : ''}`;
}

async function readStart(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  try {
    for await (const chunk of stream) {
      text += chunk.toString('latin1');
      if (text.length >= REPLY_BYTES) break;
    }
  } catch {
    // The status is the receiver's word; a reply that breaks off takes nothing back.
  }
  return text;
}

/** Node's own message may hold host and port, got's error the whole request; the code holds neither. */
function describeTransportError(error: unknown, timeoutMs: number): string {
  if (error instanceof TimeoutError) return `no answer within ${timeoutMs / 1_000} s`;
  const code = error instanceof RequestError ? error.code : '';
  if (code === 'ERR_ABORTED') return 'interrupted';
  return /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? `no answer (${code})` : 'no answer';
}

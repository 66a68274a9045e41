import type { BatchAnswers, EntryKind } from '../core/answer.ts';
import type { ApiFailure, UnauthorizedReason } from '../core/api-failure.ts';
import { reconcileItems } from './answers.ts';
import { describeBody, looksEncrypted, mayBeJson, parseBody } from './body.ts';
import type { Body } from './body.ts';
import { maskText } from './masked-text.ts';
import { parseRetryAfterMs } from '../core/retry-after.ts';
import { isJsonObject, isRateLimitText, parseComplaint } from './wire.ts';
import type { Complaint } from './wire.ts';

/** What is copied from an HTTP response; nothing else of it leaves the transport. */
export interface Reply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The server's clock, or ours where it did not say. */
  readonly now: Date;
  readonly text: string;
}

export interface Failed {
  readonly ok: false;
  readonly failure: ApiFailure;
}

export type ReplyOutcome = { readonly ok: true; readonly answers: BatchAnswers } | Failed;

/**
 * Turns one reply to `usersInfo` into answers or into the failure of the whole call.
 *
 * Total over every status, type and body. A refusal of the whole is never an answer for an entry, let alone an `absent` (I1).
 */
export function interpretReply(reply: Reply, entries: readonly string[], entryKind: EntryKind): ReplyOutcome {
  const read = readReply(reply, findItems);
  return read.ok ? { ok: true, answers: reconcileItems(entries, entryKind, read.content) } : read;
}

/**
 * Finds the content of a successful reply, or says what failure any other reply is. Total as far as `find` is,
 * which gives `undefined` for a value that is not what was asked for.
 */
export function readReply<T>(
  reply: Reply,
  find: (value: unknown) => T | undefined,
): { readonly ok: true; readonly content: T } | Failed {
  if (reply.status >= 300 && reply.status < 400) return fail(redirectFailure(reply));
  const body = parseBody(reply.text);
  const isSuccess = reply.status >= 200 && reply.status < 300;
  const content = isSuccess && body.kind === 'json' ? find(body.value) : undefined;
  if (content !== undefined) {
    return mayBeJson(reply.contentType) ? { ok: true, content } : fail(contentTypeFailure(reply));
  }
  const complaint = findComplaint(body);
  // What a refusal means is said by its words, and these are not all there. A cut connection is judged the same way.
  if (body.kind === 'truncated' && reply.status < 500 && reply.status !== 429) {
    return fail({ kind: 'truncated', ...describeReply(reply, complaint) });
  }
  return fail(
    classifyComplaint(reply, complaint) ??
      (isSuccess ? classifyBody(reply, body, complaint) : classifyStatus(reply, complaint)),
  );
}

/** An array, or one bare item as the 7.1 edition sends it. An array of nothing but complaints is a complaint. */
function findItems(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(isBareComplaint) ? undefined : value;
  }
  return isJsonObject(value) && 'userInfo' in value ? [value] : undefined;
}

function isBareComplaint(value: unknown): boolean {
  return isJsonObject(value) && !('userInfo' in value) && ('errors' in value || 'error' in value);
}

function findComplaint(body: Body): Complaint {
  if (body.kind === 'json') return parseComplaint(body.value);
  return { texts: body.kind === 'empty' ? [] : [describeBody(body)], codes: [] };
}

/** Kore.ai's own number for everything about tokens and scopes. */
const CODE_UNAUTHORIZED = 4002;

/** What the words say under any status: documented errors come without one, and rate limits without a fixed one. */
function classifyComplaint(reply: Reply, complaint: Complaint): ApiFailure | undefined {
  const words = complaint.texts.join(' / ');
  if (reply.status === 429 || isRateLimitText(words)) {
    return { kind: 'rate_limited', ...describeReply(reply, complaint), ...readRetryAfter(reply) };
  }
  if (reply.status === 401 || complaint.codes.includes(CODE_UNAUTHORIZED)) {
    return {
      kind: 'unauthorized',
      reason: readUnauthorizedReason(words),
      ...describeReply(reply, complaint),
    };
  }
  return undefined;
}

/** In order: the messages about "jti" name "exp" as well, and those about scopes say "permission". */
const UNAUTHORIZED_TEXTS: readonly (readonly [RegExp, UnauthorizedReason])[] = [
  [/replay/i, 'replay'],
  [/\bjti\b/i, 'jti'],
  [/scope|permission/i, 'scope'],
  [/\bjwe\b|encrypt|decrypt/i, 'jwe'],
  [/expired?\b|not active|\b(?:iat|nbf|exp)\b|clock/i, 'clock'],
  [/credential/i, 'invalid_credentials'],
  [/jwt|token|signature/i, 'bad_token'],
];

function readUnauthorizedReason(words: string): UnauthorizedReason {
  return UNAUTHORIZED_TEXTS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unknown';
}

function classifyStatus(reply: Reply, complaint: Complaint): ApiFailure {
  const seen = describeReply(reply, complaint);
  switch (reply.status) {
    case 400:
    case 422:
      return { kind: 'bad_request', ...seen };
    case 403:
      return { kind: 'forbidden', ...seen };
    case 404:
      return { kind: 'not_found', ...seen };
    case 405:
      return { kind: 'method_not_allowed', ...seen };
    case 408:
      return { kind: 'timeout', phase: 'server', ...seen };
    case 412:
      return { kind: 'precondition_failed', ...seen };
    case 413:
    case 414:
      return { kind: 'too_large', ...seen };
    case 502:
    case 503:
    case 504:
      return { kind: 'unavailable', ...seen, ...readRetryAfter(reply) };
    default:
      return reply.status >= 500
        ? { kind: 'server_error', ...seen, ...readRetryAfter(reply) }
        : { kind: 'unknown', ...seen, ...readRetryAfter(reply) };
  }
}

/** A success that holds no items. */
function classifyBody(reply: Reply, body: Body, complaint: Complaint): ApiFailure {
  const seen = describeReply(reply, complaint);
  if (body.kind !== 'json') return { kind: body.kind, ...seen };
  // The error a success carries in its body is believed over the status line.
  const status = complaint.codes.find((code) => code >= 400 && code < 600);
  if (status !== undefined) {
    return { ...classifyStatus({ ...reply, status }, complaint), status: reply.status };
  }
  if (complaint.texts.length === 0 && looksEncrypted(body.value)) {
    return { kind: 'encrypted', status: reply.status, message: 'payload encryption appears enabled' };
  }
  return { kind: 'unknown', ...seen };
}

function redirectFailure(reply: Reply): ApiFailure {
  const location = readOrigin(reply.location);
  return { kind: 'redirect', status: reply.status, ...(location !== undefined && { location }) };
}

function contentTypeFailure(reply: Reply): ApiFailure {
  const message = maskText(`content type ${reply.contentType ?? ''}`);
  return { kind: 'wrong_content_type', status: reply.status, message };
}

function readOrigin(location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location)) return undefined;
  const { protocol, host } = new URL(location);
  return maskText(`${protocol}//${host}`);
}

function readRetryAfter(reply: Reply): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfterMs(reply.retryAfter, reply.now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function describeReply(reply: Reply, complaint: Complaint): { status: number; message?: string } {
  const message = maskText(complaint.texts.join(' / '));
  return { status: reply.status, ...(message !== '' && { message }) };
}

function fail(failure: ApiFailure): Failed {
  return { ok: false, failure };
}

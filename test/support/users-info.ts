import { readFileSync } from 'node:fs';
import type { EntryKind } from '../../src/core/answer.ts';
import type { Reply, ReplyOutcome } from '../../src/kore/reply.ts';
import { interpretReply } from '../../src/kore/reply.ts';

/** A payload of the API's documentation, parsed anew so that it may be changed. */
export function loadSample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../kore/samples/${name}.json`, import.meta.url), 'utf8'));
}

export const SAMPLES = [
  'current-success',
  'current-failure',
  'v7-mixed',
  'v7-failure-bare-object',
  'xo-failure-bad-request',
] as const;

/** Interprets a body as a successful reply to the entries, unless `reply` says otherwise. */
export function interpret(
  entries: readonly string[],
  body: unknown,
  reply: Partial<Reply> = {},
  entryKind: EntryKind = 'email',
): ReplyOutcome {
  return interpretReply(
    {
      status: 200,
      contentType: 'application/json',
      retryAfter: undefined,
      location: undefined,
      now: new Date('2026-03-01T02:00:00Z'),
      text: typeof body === 'string' ? body : JSON.stringify(body),
      ...reply,
    },
    entries,
    entryKind,
  );
}

import type { Heartbeat, HeartbeatOutcome } from '../core/heartbeat.ts';
import { Secret } from '../core/secret.ts';
import { post } from './post.ts';

/** What healthchecks.io appends to the address of a check, and those that speak like it. */
const PATHS = { start: '/start', success: '', fail: '/fail' } as const;

const TIMEOUT_MS = 10_000;

/** Makes what tells the check under an address (without a slash at its end) how a night stands. Never throws. */
export function createWatcher(url: Secret): (heartbeat: Heartbeat) => Promise<HeartbeatOutcome> {
  return ({ signal, id, text }) =>
    post({
      url: new Secret(`${url.reveal()}${PATHS[signal]}?rid=${id}`),
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: text,
      timeoutMs: TIMEOUT_MS,
    });
}

import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from './call.ts';

export interface Pace {
  /** How long every reply is held back. */
  latencyMs: number;
  /** How fast the body of every reply travels; 0 is as fast as it can. */
  bytesPerSecond: number;
}

const CHUNKS_PER_SECOND = 50;
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Sends the reply as it is to travel, and resolves when nothing is left to do but to wait for the caller. */
export async function deliver(
  response: ServerResponse,
  reply: Reply,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const heldMs = pace.latencyMs + (reply.latencyMs ?? 0);
  if (heldMs > 0) await delay(heldMs, undefined, { signal });
  if (response.destroyed) return;
  const headers = { ...JSON_HEADERS, ...reply.headers };
  const body = Buffer.from(reply.body);
  const writeHead = (): ServerResponse =>
    response.writeHead(reply.status, { ...headers, 'content-length': body.length });
  switch (reply.breaks) {
    case undefined: {
      writeHead();
      const bytesPerSecond = Math.min(pace.bytesPerSecond || Infinity, reply.bytesPerSecond ?? Infinity);
      if (bytesPerSecond < Infinity) await trickle(response, body, bytesPerSecond, signal);
      else response.end(body);
      return;
    }
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'reset_after_headers':
      // Once it is on its way: a reset overtakes what still waits to be sent.
      writeHead().write(halve(body), () => response.socket?.resetAndDestroy());
      return;
    case 'hang':
      return;
    case 'hang_after_headers':
      writeHead().write(halve(body));
  }
}

function halve(body: Buffer): Buffer {
  return body.subarray(0, body.length / 2);
}

async function trickle(
  response: ServerResponse,
  body: Buffer,
  bytesPerSecond: number,
  signal: AbortSignal,
): Promise<void> {
  const size = Math.ceil(bytesPerSecond / CHUNKS_PER_SECOND);
  for (let at = 0; at < body.length; at += size) {
    await delay((1000 * size) / bytesPerSecond, undefined, { signal });
    if (response.destroyed) return;
    response.write(body.subarray(at, at + size));
  }
  response.end();
}

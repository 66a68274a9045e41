import type { Reply } from './call.ts';

/** A mishap of a reply on its way. */
export type TravelDeed = TravelMishap | { readonly latencyMs: number } | { readonly bytesPerSecond: number };

const MISHAPS = {
  /** The connection ends without a reply. */
  reset: (reply: Reply): Reply => ({ ...reply, breaks: 'reset' }),
  /** It ends in the middle of the body. */
  reset_after_headers: (reply: Reply): Reply => ({ ...reply, breaks: 'reset_after_headers' }),
  /** No reply until the caller gives up. */
  hang: (reply: Reply): Reply => ({ ...reply, breaks: 'hang' }),
  /** No more of it after the middle of the body. */
  hang_after_headers: (reply: Reply): Reply => ({ ...reply, breaks: 'hang_after_headers' }),
  /** Half the text, as if it were the whole. */
  truncate: (reply: Reply): Reply => ({ ...reply, body: reply.body.slice(0, reply.body.length / 2) }),
  wrong_content_type: (reply: Reply): Reply => ({
    ...reply,
    headers: { ...reply.headers, 'content-type': 'text/html; charset=utf-8' },
  }),
} as const;

export type TravelMishap = keyof typeof MISHAPS;

export function isTravelMishap(name: string): name is TravelMishap {
  return Object.hasOwn(MISHAPS, name);
}

export function changeTravel(deed: TravelDeed, reply: Reply): Reply {
  if (typeof deed === 'string') return MISHAPS[deed](reply);
  if ('latencyMs' in deed) return { ...reply, latencyMs: (reply.latencyMs ?? 0) + deed.latencyMs };
  return { ...reply, bytesPerSecond: Math.min(reply.bytesPerSecond ?? Infinity, deed.bytesPerSecond) };
}

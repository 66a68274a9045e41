import type { ChannelKind } from '../core/alert-channel.ts';
import type { AlertFacts } from '../core/alert-facts.ts';
import type { Receipt, SendOutcome } from '../core/delivery.ts';

export interface Sending {
  /** What an earlier attempt at the same alert left. */
  readonly receipt: Receipt;
  readonly signal?: AbortSignal;
}

/** One place alerts go to. */
export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** One attempt; takes a minute at most. Never throws, and says nothing of where it goes (I8). */
  send(facts: AlertFacts, sending: Sending): Promise<SendOutcome>;
}

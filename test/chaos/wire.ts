/**
 * A request of a conversation with a server, as somebody on the wire sees it. Named by what it does, so that a fault
 * can be keyed by logical operation and not by call order.
 */
export interface WireRequest {
  readonly name: string;
  /** It may have changed something for good: its reply is a commit point. */
  readonly commits: boolean;
  /** The queue asks, for its own ends: how often depends on which worker was quicker. */
  readonly isOfQueue: boolean;
}

/** Follows one connection, byte by byte in both directions. */
export interface WireReader {
  /** Requests that are complete with this chunk, on their way to the server. */
  readRequests(chunk: Buffer): readonly WireRequest[];
  /** Requests whose reply is complete with this chunk, on its way to the client. */
  readReplies(chunk: Buffer): readonly WireRequest[];
}

import type { WireReader, WireRequest } from './wire.ts';

/** Bytes of a message's length, which counts itself. */
const LENGTH_BYTES = 4;
/** The queue's own statements begin with a comment; what they write they leave to functions. */
const OF_QUEUE = /^\s*-- /;
const WRITES = /\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b/i;
const IDLE = 'I';
const NAME_LENGTH = 72;

/**
 * Reads PostgreSQL's protocol, version 3 without TLS. A transaction is named by its first statement, and counts as
 * one request of its own when it commits; a statement outside of one is its own transaction.
 */
export class PostgresWire implements WireReader {
  readonly #client = new MessageStream({ startsBare: true });
  readonly #server = new MessageStream({ startsBare: false });
  readonly #prepared = new Map<string, string>();
  #sql = '';
  #asked: WireRequest | undefined;
  #status = IDLE;
  #transaction: string[] = [];

  readRequests(chunk: Buffer): readonly WireRequest[] {
    const requests: WireRequest[] = [];
    for (const { type, body } of this.#client.read(chunk)) {
      if (type === 'P') this.#prepare(body);
      if (type === 'B') this.#sql = this.#prepared.get(cString(body, body.indexOf(0) + 1)) ?? '';
      if (type === 'Q') this.#sql = cString(body, 0);
      if (type === 'Q' || type === 'S') requests.push((this.#asked = this.#begin(this.#sql)));
    }
    return requests;
  }

  readReplies(chunk: Buffer): readonly WireRequest[] {
    const replies: WireRequest[] = [];
    for (const { type, body } of this.#server.read(chunk)) {
      if (type !== 'Z') continue;
      this.#status = body.toString('latin1', 0, 1);
      if (this.#status === IDLE) this.#transaction = [];
      if (this.#asked !== undefined) replies.push(this.#asked);
      this.#asked = undefined;
    }
    return replies;
  }

  #prepare(body: Buffer): void {
    const name = cString(body, 0);
    this.#prepared.set(name, cString(body, name.length + 1));
  }

  #begin(sql: string): WireRequest {
    if (/^\s*BEGIN/i.test(sql)) {
      this.#transaction = [];
    } else if (this.#status === IDLE) {
      return { name: shorten(sql), ...describeTransaction([sql]) };
    } else if (/^\s*COMMIT/i.test(sql)) {
      const [first = ''] = this.#transaction;
      return { name: `COMMIT of ${shorten(first)}`, ...describeTransaction(this.#transaction) };
    } else {
      this.#transaction.push(sql);
    }
    return { name: shorten(sql), commits: false, isOfQueue: OF_QUEUE.test(sql) };
  }
}

function describeTransaction(transaction: readonly string[]): Omit<WireRequest, 'name'> {
  const isOfQueue = transaction.some((sql) => OF_QUEUE.test(sql));
  return { commits: isOfQueue || transaction.some((sql) => WRITES.test(sql)), isOfQueue };
}

function shorten(sql: string): string {
  return sql.replace(/\s+/g, ' ').trim().slice(0, NAME_LENGTH);
}

function cString(body: Buffer, from: number): string {
  return body.toString('utf8', from, body.indexOf(0, from));
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** Cuts a stream into messages; the first of a client has no type. */
class MessageStream {
  #rest: Buffer = Buffer.alloc(0);
  #isBare: boolean;

  constructor({ startsBare }: { readonly startsBare: boolean }) {
    this.#isBare = startsBare;
  }

  *read(chunk: Buffer): Generator<Message> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const typeBytes = this.#isBare ? 0 : 1;
      if (this.#rest.length < typeBytes + LENGTH_BYTES) return;
      const end = typeBytes + this.#rest.readInt32BE(typeBytes);
      if (this.#rest.length < end) return;
      const type = this.#rest.toString('latin1', 0, typeBytes);
      const body = this.#rest.subarray(typeBytes + LENGTH_BYTES, end);
      this.#rest = this.#rest.subarray(end);
      this.#isBare = false;
      yield { type, body };
    }
  }
}

import type { WireReader, WireRequest } from './wire.ts';

/** As many characters of a script's digest as tell the scripts of BullMQ apart. */
const DIGEST_LENGTH = 8;

/**
 * Reads the commands of Redis' protocol. BullMQ changes something by scripts alone; a script is named by its
 * digest. Replies are not parsed: the first bytes after a command count as the reply to it.
 */
export class RedisWire implements WireReader {
  #rest = '';
  #asked: WireRequest[] = [];

  readRequests(chunk: Buffer): readonly WireRequest[] {
    // One character a byte: the lengths of the protocol count bytes.
    this.#rest += chunk.toString('latin1');
    const requests: WireRequest[] = [];
    for (let words = this.#take(); words !== undefined; words = this.#take()) {
      const [command = '', digest = ''] = words;
      const isScript = /^evalsha$/i.test(command);
      const name = isScript ? `EVALSHA ${digest.slice(0, DIGEST_LENGTH)}` : command.toUpperCase();
      requests.push({ name, commits: isScript, isOfQueue: true });
    }
    this.#asked.push(...requests);
    return requests;
  }

  readReplies(): readonly WireRequest[] {
    const replies = this.#asked;
    this.#asked = [];
    return replies;
  }

  /** The words of the next whole command, which is an array of strings, each with its length. */
  #take(): readonly string[] | undefined {
    const head = /^\*(\d+)\r\n/.exec(this.#rest);
    if (head === null) return undefined;
    let at = head[0].length;
    const words: string[] = [];
    for (let left = Number(head[1]); left > 0; left -= 1) {
      const length = /^\$(\d+)\r\n/.exec(this.#rest.slice(at, at + 16));
      if (length === null) return undefined;
      const from = at + length[0].length;
      at = from + Number(length[1]) + '\r\n'.length;
      if (this.#rest.length < at) return undefined;
      words.push(this.#rest.slice(from, at - '\r\n'.length));
    }
    this.#rest = this.#rest.slice(at);
    return words;
  }
}

/**
 * Reproducible randomness: the same seed parts give the same sequence on every machine and every version
 * of Node, since a tenant must come out byte for byte the same from its seed.
 *
 * The generator is sfc32; nothing here is fit for secrets.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(...seedParts: readonly (string | number)[]) {
    this.#state = digest(seedParts.join('\u0000'));
    // The first outputs still show the seed; twelve rounds are what the author of sfc32 recommends.
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** An unsigned integer of 32 bits. */
  next(): number {
    const state = this.#state;
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c = state[2] ?? 0;
    const counter = state[3] ?? 0;
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  /** At least 0, less than 1. */
  fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('cannot pick from an empty list');
    return item;
  }

  /** Up to `count` distinct items, fewer where the list is shorter. */
  pickSome<T>(items: readonly T[], count: number): T[] {
    const chosen = new Set<T>();
    const wanted = Math.min(count, items.length);
    while (chosen.size < wanted) chosen.add(this.pick(items));
    return [...chosen];
  }

  /** Reorders the list in place. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const moved = items[last];
      const replacement = items[other];
      if (moved === undefined || replacement === undefined) continue;
      items[last] = replacement;
      items[other] = moved;
    }
    return items;
  }

  /** 24 hexadecimal digits, the shape of Kore.ai's role ids. */
  objectId(): string {
    this.#writeHex(24);
    return scratch.toString('latin1', 0, 24);
  }

  /** `8-4-4-4-12` with version 5, the shape of Kore.ai's user, bot and group ids. */
  uuid(): string {
    this.#writeHex(32);
    for (const [at, from, length] of UUID_GROUPS) scratch.copy(uuidScratch, at, from, from + length);
    uuidScratch[14] = 0x35;
    return uuidScratch.toString('latin1');
  }

  #writeHex(digits: number): void {
    for (let at = 0; at < digits; at += 8) {
      let word = this.next();
      for (let digit = at; digit < at + 8; digit += 1) {
        scratch[digit] = HEX.charCodeAt(word & 15);
        word >>>= 4;
      }
    }
  }
}

const HEX = '0123456789abcdef';
const UUID_GROUPS: readonly (readonly [at: number, from: number, length: number])[] = [
  [0, 0, 8],
  [9, 8, 4],
  [14, 12, 4],
  [19, 16, 4],
  [24, 20, 12],
];
// Ids are read back out of a buffer because a million strings put together with `+` would each stay a
// tree of small pieces in V8, several times the size of the flat text.
const scratch = Buffer.alloc(32);
const uuidScratch = Buffer.alloc(36, '-');

/** FNV-1a from four offsets: spreads any text over the 128 bits of state. */
function digest(text: string): Uint32Array {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  let c = 0x85ebca6b;
  let d = 0xc2b2ae35;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193);
    c = Math.imul(c ^ code, 0x01000193);
    d = Math.imul(d ^ code, 0x01000193);
  }
  return Uint32Array.of(a, b, c, d);
}

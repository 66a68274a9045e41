import { excerpt, type TextSource } from '../core/roster-entry.ts';
import { MAX_LINE_LENGTH, type TextLine } from './lines.ts';
import { rosterUnreadable } from './text.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Cuts a JSON list into the texts of its items, numbered from 1, without holding the list (I11). It
 * follows strings and brackets only; whether an item is JSON is for `JSON.parse` to say of each.
 *
 * @throws ROSTER_UNREADABLE where there is no list, or a list that does not end: a roster that was cut
 * off is never taken for a whole one.
 */
export async function* splitJsonItems(
  source: TextSource,
  pieces: AsyncIterable<string>,
): AsyncGenerator<TextLine[]> {
  const list = new ListScanner();
  for await (const piece of pieces) {
    const items = list.scan(piece);
    if (list.state === 'no list') {
      throw rosterUnreadable(
        source,
        'is no JSON list: expected [ … ] of addresses or of objects (one object per line belongs into a .jsonl file)',
      );
    }
    if (list.state === 'more than a list')
      throw rosterUnreadable(source, 'goes on after the end of its list');
    yield items;
  }
  if (list.state === 'before' || list.state === 'after') return;
  throw rosterUnreadable(
    source,
    `ends inside its list, after item ${list.count}: it was cut off, or a quote or bracket is missing`,
  );
}

type ListState = 'before' | 'inside' | 'after' | 'no list' | 'more than a list';

class ListScanner {
  state: ListState = 'before';
  count = 0;
  /** What earlier pieces held of the item that is being read. */
  #text = '';
  #tooLong = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  scan(piece: string): TextLine[] {
    const items: TextLine[] = [];
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at);
      if (this.state !== 'inside') {
        if (isBlank(code)) continue;
        if (this.state === 'before' && code === OPEN_LIST) {
          this.state = 'inside';
          start = at + 1;
          continue;
        }
        this.state = this.state === 'before' ? 'no list' : 'more than a list';
        return items;
      }
      if (!this.#endsItem(code)) continue;
      this.#keep(piece.slice(start, at));
      const item = this.#takeItem(code === CLOSE_LIST);
      if (item !== null) items.push(item);
      start = at + 1;
      if (code === CLOSE_LIST) this.state = 'after';
    }
    if (this.state === 'inside') this.#keep(piece.slice(start));
    return items;
  }

  #endsItem(code: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) this.#inString = false;
      return false;
    }
    if (code === QUOTE) this.#inString = true;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) this.#depth += 1;
    else if (this.#depth === 0) return code === COMMA || code === CLOSE_LIST;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) this.#depth -= 1;
    return false;
  }

  #keep(text: string): void {
    if (this.#tooLong) return;
    this.#text += text;
    if (this.#text.length <= MAX_LINE_LENGTH) return;
    this.#tooLong = true;
    this.#text = excerpt(this.#text);
  }

  /** Nothing between the brackets is an empty list, not an empty item. */
  #takeItem(last: boolean): TextLine | null {
    const text = this.#text.trim();
    const tooLong = this.#tooLong;
    this.#text = '';
    this.#tooLong = false;
    if (last && text === '' && this.count === 0) return null;
    this.count += 1;
    return { line: this.count, text, tooLong };
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

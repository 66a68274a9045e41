import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Account } from './account.ts';

/**
 * The lines of the roster as the company would hand it over: nearly everybody, spelled as they are spelled
 * there, and the strangers spread evenly among them. Read it before the account changes.
 */
export function* listRoster(account: Account): Generator<string> {
  const strangers = [...account.strangers];
  const spacing = Math.floor(account.people.length / (strangers.length + 1)) + 1;
  let next = 0;
  for (const { index, rosterEntry } of account.people) {
    if (rosterEntry !== null) yield rosterEntry;
    const stranger = strangers[next];
    if ((index + 1) % spacing === 0 && stranger !== undefined) {
      yield stranger;
      next += 1;
    }
  }
  yield* strangers.slice(next);
}

const CHUNK_CHARS = 65_536;

/** Writes one line per entry: plain text, or with a header `Email` where the path ends in `.csv`. */
export async function writeRosterFile(path: string, roster: Iterable<string>): Promise<void> {
  const isCsv = path.toLowerCase().endsWith('.csv');
  const chunks = Readable.from(joinLines(roster, isCsv), { objectMode: false });
  await pipeline(chunks, createWriteStream(path));
}

/** In pieces, since a million entries need not be one string in memory. */
function* joinLines(roster: Iterable<string>, isCsv: boolean): Generator<string> {
  let chunk = isCsv ? 'Email\n' : '';
  for (const entry of roster) {
    chunk += `${isCsv ? quoteCell(entry) : entry}\n`;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

function quoteCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

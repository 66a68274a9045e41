import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '../../src/core/errors.ts';
import type { RosterLine } from '../../src/core/roster-entry.ts';
import { openRoster } from '../../src/roster/roster.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

/** Writes a roster file of that name and reads it to its end. */
export async function readFileRoster(
  name: string,
  content: string | Uint8Array,
  column: string | null = null,
): Promise<RosterLine[]> {
  const folder = await makeTemporaryFolder();
  try {
    const path = join(folder, name);
    await writeFile(path, content);
    return await collect(openRoster({ kind: 'file', path }, { column }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Gives a roster on standard input, byte by byte, so that every character and line end is cut somewhere. */
export async function readStdinRoster(
  content: string | Uint8Array,
  column: string | null = null,
): Promise<RosterLine[]> {
  return collect(openRoster({ kind: 'stdin' }, { column, stdin: bytewise(Buffer.from(content)) }));
}

// eslint-disable-next-line @typescript-eslint/require-await -- an async iterable is what a stream is
async function* bytewise(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The entries that were taken, without their lines. */
export function entriesOf(lines: readonly RosterLine[]): string[] {
  return lines.flatMap((line) => (line.ok ? [line.entry] : []));
}

/** The error of reading a roster, which must be one that was thrown on purpose. */
export async function errorOf(reading: Promise<unknown>): Promise<SyncError> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('expected an error, but the roster was read');
}

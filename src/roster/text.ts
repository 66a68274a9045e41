import { open } from 'node:fs/promises';
import { SyncError } from '../core/errors.ts';
import type { TextSource } from '../core/roster-entry.ts';

/** How messages call the roster. */
function describeSource(source: TextSource): string {
  return source.kind === 'stdin' ? 'standard input' : source.path;
}

export function rosterUnreadable(source: TextSource, problem: string, cause?: unknown): SyncError {
  return new SyncError('ROSTER_UNREADABLE', `The roster ${describeSource(source)} ${problem}`, { cause });
}

/**
 * The text of a roster, piece by piece, without a byte order mark. Bytes that are not valid UTF-8 become
 * U+FFFD, which no entry may hold: they cost their line, not the roster.
 *
 * Whoever stops early closes the file by it.
 */
export async function* readText(
  source: TextSource,
  stdin: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let head: Buffer | null = Buffer.alloc(0);
  try {
    for await (const bytes of source.kind === 'stdin' ? stdin : await openFile(source)) {
      if (head === null) {
        yield decoder.decode(bytes, { stream: true });
        continue;
      }
      head = Buffer.concat([head, bytes]);
      if (head.length < LONGEST_SIGNATURE) continue;
      checkSignature(source, head);
      yield decoder.decode(head, { stream: true });
      head = null;
    }
  } catch (error) {
    throw describeReadError(source, error);
  }
  if (head !== null) checkSignature(source, head);
  yield decoder.decode(head ?? undefined);
}

async function openFile(source: TextSource & { kind: 'file' }): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(source.path, 'r');
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw rosterUnreadable(source, 'is a directory: name a file in it');
    return file.createReadStream();
  } catch (error) {
    await file.close();
    throw error;
  }
}

const UTF_16 = 'is encoded as UTF-16: save it as UTF-8 (in Excel: "CSV UTF-8")';
const WORKBOOK = 'is a workbook or an archive, not text: save it as CSV in UTF-8';

const SIGNATURES: readonly { readonly bytes: readonly number[]; readonly problem: string }[] = [
  { bytes: [0xff, 0xfe], problem: UTF_16 },
  { bytes: [0xfe, 0xff], problem: UTF_16 },
  { bytes: [0x50, 0x4b, 0x03, 0x04], problem: WORKBOOK },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], problem: WORKBOOK },
  { bytes: [0x1f, 0x8b], problem: 'is compressed: unpack it first' },
];
const LONGEST_SIGNATURE = 4;

/** What has a signature of its own would only give a million rejected lines: one sentence says more. */
function checkSignature(source: TextSource, head: Buffer): void {
  for (const { bytes, problem } of SIGNATURES) {
    if (bytes.every((byte, index) => head[index] === byte)) throw rosterUnreadable(source, problem);
  }
}

function describeReadError(source: TextSource, error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return rosterUnreadable(source, 'does not exist: check the path in ROSTER', error);
    case 'EACCES':
    case 'EPERM':
      return rosterUnreadable(source, 'may not be read by this user: check its permissions', error);
    case 'EISDIR':
      return rosterUnreadable(source, 'is a directory: name a file in it', error);
    default:
      return rosterUnreadable(source, `could not be read to its end (${code})`, error);
  }
}

import { pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import type { Secret } from '../core/secret.ts';
import { createScrubber } from './scrub.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: LevelWithSilent;
  /** Whatever must appear in no line (I8). */
  readonly secrets: readonly Secret[];
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
  /** Email addresses in full; without it `j***@example.com`. */
  readonly unmaskEmails?: boolean;
}

/**
 * Makes the logger: one JSON object per line, on standard error.
 *
 * Scrubbing looks at the finished line, after all serialisers, so that it holds for whatever is logged,
 * by whomever: a child logger, the stack of a library's error, an object nobody expected to hold a token.
 */
export function createLogger(options: LogOptions): Logger {
  const { level, secrets, unmaskEmails = false } = options;
  // Synchronous for files, pipes and terminals: a line that explains a crash must not be lost in a buffer with it.
  // Not pino's own destination, which after a failed write keeps every further line in memory.
  const destination = options.destination ?? process.stderr;
  const scrub = createScrubber(
    secrets.map((secret) => secret.reveal()),
    { unmaskEmails },
  );
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
}

import { deferred } from '../../src/queue/deadline.ts';
import type { QueueLogger } from '../../src/queue/logger.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly details: Record<string, unknown>;
  readonly message: string;
}

export interface LogRecord extends QueueLogger {
  readonly lines: readonly LogLine[];
  /** Resolves with the first line that matches, as soon as there is one. */
  untilLine(pattern: RegExp): Promise<LogLine>;
}

/** A logger that keeps what it is told, for tests to read and to wait for. */
export function recordLog(): LogRecord {
  const lines: LogLine[] = [];
  const waiting = new Set<{ pattern: RegExp; resolve: (line: LogLine) => void }>();
  const write = (level: LogLine['level']) => (details: Record<string, unknown>, message: string) => {
    const line = { level, details, message };
    lines.push(line);
    for (const each of waiting) if (each.pattern.test(message)) each.resolve(line);
  };
  return {
    lines,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    async untilLine(pattern) {
      const known = lines.find((line) => pattern.test(line.message));
      if (known !== undefined) return known;
      const { promise, resolve } = deferred<LogLine>();
      const entry = { pattern, resolve };
      waiting.add(entry);
      return await promise.finally(() => waiting.delete(entry));
    },
  };
}

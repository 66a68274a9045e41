import type { ErrorCode } from './errors.ts';

/** The exit codes of the public contract. */
export const EXIT = { ok: 0, failed: 1, usage: 2, held: 3, partial: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'USAGE',
  'ROSTER_UNREADABLE',
  'ROSTER_EMPTY',
  'CANARIES_UNREADABLE',
]);

export function exitCodeOfError(code: ErrorCode): ExitCode {
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

/** Held and partial: held. */
export function exitCodeOfRun(run: { readonly status: string; readonly unanswered: number }): ExitCode {
  switch (run.status) {
    case 'published':
    case 'planned':
      return run.unanswered > 0 && run.status === 'published' ? EXIT.partial : EXIT.ok;
    case 'held':
      return EXIT.held;
    default:
      return EXIT.failed;
  }
}

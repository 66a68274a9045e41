/**
 * Everything this program throws on purpose. The code is stable: it appears in
 * logs, in `runs.error` and in the runbook, and `core/exit-code.ts` maps it to an exit code.
 *
 * A message says where, what was seen, what was expected and what to do. It never
 * carries a secret, a token or an email address.
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'USAGE'
  | 'ROSTER_UNREADABLE'
  | 'ROSTER_EMPTY'
  | 'ROSTER_INCOMPLETE'
  | 'ACCOUNT_MISMATCH'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_TOO_OLD'
  | 'DATABASE_NEWER'
  | 'DATABASE_BEHIND'
  | 'DATABASE_DENIED'
  | 'DATABASE_MIGRATION_FAILED'
  | 'ANALYST_ROLE_MISSING'
  | 'ANALYST_ROLE_UNFIT'
  | 'EMBEDDED_DATABASE_FAILED'
  | 'QUEUE_UNREACHABLE'
  | 'RUN_OPEN'
  | 'RUN_NOT_FOUND'
  | 'NO_NIGHT'
  | 'PORT_UNAVAILABLE'
  | 'REPORT_UNWRITABLE'
  | 'OUTPUT_UNWRITABLE'
  /** Only a held run can be approved or rejected, and of the published ones only the latest can be retried. */
  | 'RUN_NOT_HELD'
  | 'RUN_NOT_RETRIABLE'
  | 'RUN_ABANDONED'
  | 'PLAN_MISMATCH'
  | 'CANARIES_UNREADABLE'
  /** Network, outage, or refused for too long: worth another try later the same night. */
  | 'KORE_UNREACHABLE'
  /** Credentials, scope or settings: nobody is answered until a person has acted. */
  | 'KORE_REFUSED'
  | 'BASE_MOVED'
  | 'INTERRUPTED'
  | 'INTERNAL';

export interface SyncErrorOptions {
  cause?: unknown;
  /** Further lines, one fault each: a configuration has all its faults reported at once. */
  faults?: readonly string[];
}

export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly string[];

  constructor(code: ErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SyncError';
    this.code = code;
    this.faults = options.faults ?? [];
  }
}

import { execFile } from 'node:child_process';
import { SyncError } from '../core/errors.ts';

/**
 * The environment of everything started here. Nothing is inherited: PGDATA, PGPORT, LD_LIBRARY_PATH or an
 * exotic locale of whoever calls would change what PostgreSQL does or which libraries it loads.
 */
export const COMMAND_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

/** Who a program runs as. */
export interface Identity {
  uid: number;
  gid: number;
}

export interface CommandResult {
  /** 0 means success; null, killed by a signal. */
  exitCode: number | null;
  output: string;
}

/** Runs a program to its end, without a shell; throws only when it cannot be run at all. */
export async function runCommand(
  file: string,
  args: readonly string[],
  account?: Identity,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { cwd: '/', env: COMMAND_ENVIRONMENT, ...describeIdentity(account) },
      (error, stdout, stderr) => {
        if (typeof error?.code === 'string') reject(describeUnrunnable(file, error));
        else resolve({ exitCode: child.exitCode, output: `${stdout}${stderr}`.trim() });
      },
    );
  });
}

/** The options of `spawn` that make a child run as `account`. */
export function describeIdentity(account: Identity | undefined): Partial<Identity> {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** A missing loader (musl instead of glibc) looks like a missing file, hence the hint. */
export function describeUnrunnable(file: string, cause: Error): SyncError {
  return new SyncError(
    'EMBEDDED_DATABASE_FAILED',
    `${file} cannot be run on this system (${cause.message}). The embedded PostgreSQL needs macOS or a Linux ` +
      `with glibc, and a file system that allows programs; otherwise set DATABASE_URL to a server of your own.`,
    { cause },
  );
}

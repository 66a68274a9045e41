import { spawn } from 'node:child_process';
import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Cluster } from './cluster.ts';
import { COMMAND_ENVIRONMENT, describeIdentity, describeUnrunnable, runCommand } from './command.ts';
import { isErrno } from './folder.ts';
import { readLastPort } from './postmaster.ts';

export type ServerSettings = Readonly<Record<string, string>>;

/**
 * For one busy writer at night and a few readers by day, beside other programs on a laptop. What makes a
 * commit durable (fsync, synchronous_commit, full_page_writes) stays as PostgreSQL has it.
 */
const SETTINGS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  // Off: the path of a socket is limited to 107 bytes, which a data folder easily exceeds.
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '100',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // Lines of this log end up in error messages: no statements, and no details, which quote people's data.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** A server process that was told to start; `findPostmaster` says when it is ready. */
export interface StartedServer {
  pid: number | undefined;
  /** True once it has ended, or could not be run at all. */
  hasExited(): boolean;
}

export interface StartOptions {
  settings: ServerSettings;
  /** The process id in a `postmaster.pid` known to be stale. */
  stalePid: number | undefined;
  /** Whether to listen on the port of the last start, so that saved connections go on working. */
  keepPort: boolean;
}

/**
 * Starts the server of a cluster and leaves it to itself.
 *
 * Not by `pg_ctl start`, which goes through a shell and leaves an orphan that nobody reaps where we are
 * process 1 of a container. The server gets a session of its own: Ctrl-C here must not stop it for others.
 */
export async function startServer(cluster: Cluster, options: StartOptions): Promise<StartedServer> {
  const port = await findFreePort(options.keepPort ? await readLastPort(cluster.dir) : undefined);
  const settings = { ...SETTINGS, port: String(port), ...options.settings };
  const log = await openLog(cluster);
  try {
    const child = spawn(
      cluster.binaries.postgres,
      ['-D', cluster.dir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        cwd: cluster.dir,
        env: { ...COMMAND_ENVIRONMENT, ...describeStalePid(options.stalePid) },
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        ...describeIdentity(cluster.account),
      },
    );
    child.unref();
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(describeUnrunnable(cluster.binaries.postgres, error)));
    });
    return { pid: child.pid, hasExited: () => child.exitCode !== null || child.signalCode !== null };
  } finally {
    await log.close();
  }
}

/**
 * PostgreSQL declines to start while the process named in `postmaster.pid` lives, whatever it is, except when
 * this variable (pg_ctl sets it) says that it is its own grandparent. Deleting the file instead could hit one
 * that another starter wrote a moment ago; this way PostgreSQL itself decides, and checks shared memory too.
 */
function describeStalePid(stalePid: number | undefined): { PG_GRANDPARENT_PID?: string } {
  return stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) };
}

/** Stops the server and everybody's connections; returns what went wrong, if anything did. */
export async function stopServer({ binaries, dir, account }: Cluster): Promise<string | undefined> {
  const args = ['stop', '--silent', `--pgdata=${dir}`, '--mode=fast', '--wait', '--timeout=120'];
  const { exitCode, output } = await runCommand(binaries.pgCtl, args, account);
  return exitCode === 0 ? undefined : output;
}

/** The last lines of the server's log, for error messages. */
export async function readLogTail({ logFile }: Cluster, lineCount: number): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lineCount).join('\n');
}

async function openLog({ logFile, account }: Cluster): Promise<FileHandle> {
  const bytes = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  // One generation back is kept; two starters at once may both try, and one of them finds nothing to rename.
  if (bytes > MAX_LOG_BYTES) {
    await rename(logFile, `${logFile}.1`).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error;
    });
  }
  const log = await open(logFile, 'a', 0o600);
  if (account !== undefined) await log.chown(account.uid, account.gid);
  return log;
}

/** A port of 127.0.0.1 that is free now: the preferred one if possible. Who takes it meanwhile wins. */
async function findFreePort(preferred = 0): Promise<number> {
  const port = await new Promise<number | undefined>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (preferred === 0 ? reject(error) : resolve(undefined)));
    probe.listen({ host: '127.0.0.1', port: preferred }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
  return port ?? findFreePort();
}

import { readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runCommand } from './command.ts';

/** What `postmaster.pid` in a cluster says of its server, compared with what runs. */
export type Postmaster =
  | { state: 'absent' }
  /** The file outlived its server; its process id may by now be another program's. */
  | { state: 'stale'; pid: number }
  | { state: 'starting' | 'stopping'; pid: number }
  | { state: 'ready'; pid: number; port: number };

/** Finds the server of the cluster in `clusterDir` (a real path). */
export async function findPostmaster(clusterDir: string): Promise<Postmaster> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  // Its lines: process id, folder, start time, port, socket folder, address, memory key, status.
  const [pidLine = '', , , portLine = '', , , , status = ''] = text.split('\n').map((line) => line.trim());
  const pid = Number(pidLine);
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'absent' };
  if (!(await isServing(clusterDir, pid))) return { state: 'stale', pid };
  if (status === 'ready') return { state: 'ready', pid, port: Number(portLine) };
  return { state: status === 'stopping' ? 'stopping' : 'starting', pid };
}

/**
 * Whether process `pid` serves this cluster. That it lives proves nothing: after a reboot its id is soon
 * another's. A server works in its cluster's folder; where that cannot be seen, its name has to do.
 */
async function isServing(clusterDir: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === clusterDir;
  }
  const { output } = await runCommand('ps', ['-o', 'comm=', '-p', String(pid)]);
  return basename(output) === 'postgres';
}

/** The port of the last start, which PostgreSQL notes down; undefined when there was none. */
export async function readLastPort(clusterDir: string): Promise<number | undefined> {
  const text = await readFile(join(clusterDir, 'postmaster.opts'), 'utf8').catch(() => '');
  const port = /"port=(\d+)"/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

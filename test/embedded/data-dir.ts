import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPostmaster, type Postmaster } from '../../src/embedded/postmaster.ts';

/** The server of the data folder, as its lock file and the system's processes show it. */
export async function loadPostmaster(dataDir: string): Promise<Postmaster> {
  return findPostmaster(join(dataDir, 'postgresql'));
}

export async function requirePid(dataDir: string): Promise<number> {
  const postmaster = await loadPostmaster(dataDir);
  if (postmaster.state !== 'ready') throw new Error(`No server is ready: it is ${postmaster.state}`);
  return postmaster.pid;
}

/** Deletes a data folder. A server left running there is stopped, so that it does not outlive the run, and is an error. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const postmaster = await loadPostmaster(dataDir);
  const isLeft = postmaster.state !== 'absent' && postmaster.state !== 'stale';
  if (isLeft) process.kill(postmaster.pid, 'SIGQUIT');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  if (isLeft) throw new Error(`A server was left ${postmaster.state} in ${dataDir}`);
}

export async function queryRow(url: string, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0];
  } finally {
    await client.end();
  }
}

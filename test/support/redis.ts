import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { findFreePort } from './free-port.ts';

export interface FoundRedis {
  readonly url: string | null;
  end(): Promise<void>;
}

export interface RedisServer extends FoundRedis {
  readonly url: string;
  readonly port: number;
}

const COMMAND = 'apt-get install -y redis-server';

/** The Redis of REDIS_URL, or one of our own; without either the suites that need it are skipped, aloud. */
export async function findRedis(): Promise<FoundRedis> {
  const url = process.env['REDIS_URL'];
  if (url !== undefined && url !== '') return { url, end: async () => {} };
  const program = await findRedisProgram();
  if (program !== undefined) return await startRedis(program);

  const missing = 'no REDIS_URL, and neither redis-server nor valkey-server on PATH';
  if (process.env['CI'] === 'true') throw new Error(`The Redis suites cannot run: ${missing}. ${COMMAND}`);
  process.stderr.write(`\n!!! REDIS SUITES SKIPPED: ${missing}. To run them: ${COMMAND} !!!\n\n`);
  return { url: null, end: async () => {} };
}

export async function findRedisProgram(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const path of ['redis-server', 'valkey-server'].flatMap((name) => folders.map((f) => join(f, name)))) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

/** The server, and beside it a watcher that ends it when our end of its input closes, in whatever way we end. */
const WATCHED = 'exec 3<&0; (cat <&3 >/dev/null; kill $$ 2>/dev/null) & exec "$@" <&- 3<&-';

/** Keeps nothing on disk. @param port where it must listen; a free one by default */
export async function startRedis(program: string, port?: number, more: string[] = []): Promise<RedisServer> {
  const chosen = port ?? (await findFreePort());
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(chosen),
    '--save',
    '',
    '--appendonly',
    'no',
    ...more,
  ];
  // What it is told to keep all the same (append-only files, the state of a cluster) lands here.
  const folder = await mkdtemp(join(tmpdir(), 'kore-sync-redis-'));
  const child = spawn('sh', ['-c', WATCHED, 'redis', program, ...settings], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Not in our process group: Ctrl-C reaches it as the end of its input.
    detached: true,
  });
  const complaint = text(child.stderr);
  const exited = once(child, 'exit').then(() => child.stdin.end());
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      said.push(line);
      if (line.includes('Ready to accept connections')) resolve();
    });
    void exited.then(async () => reject(new Error(`${program} ended: ${said.join('\n')}${await complaint}`)));
  });
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    async end() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

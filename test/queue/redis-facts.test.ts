import { describe, expect, onTestFinished, test } from 'vitest';
import { loadRedisFacts } from '../../src/queue/redis-facts.ts';
import { findUnusedOrigin } from '../support/http-server.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';

const program = await findRedisProgram();

async function start(...settings: string[]): Promise<string> {
  const server = await startRedis(program ?? '', undefined, settings);
  onTestFinished(() => server.end());
  return server.url;
}

describe.skipIf(program === undefined)('the facts of a Redis', () => {
  test('are its version, what it evicts, and what it keeps', async () => {
    const facts = await loadRedisFacts(await start('--maxmemory-policy', 'allkeys-lru', '--save', '3600 1'));
    expect(facts).toMatchObject({
      isReplica: false,
      isCluster: false,
      evictionPolicy: 'allkeys-lru',
      appendOnly: false,
      snapshots: '3600 1',
      canRunScripts: true,
    });
    expect(facts.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('leave out what a managed one does not let us see', async () => {
    const facts = await loadRedisFacts(
      await start('--rename-command', 'CONFIG', '', '--rename-command', 'EVAL', ''),
    );
    expect(facts).toMatchObject({ evictionPolicy: 'noeviction', snapshots: null, canRunScripts: false });
  });

  test('say that it is a replica, or part of a cluster', async () => {
    await expect(loadRedisFacts(await start('--replicaof', '127.0.0.1 1'))).resolves.toMatchObject({
      isReplica: true,
    });
    await expect(loadRedisFacts(await start('--cluster-enabled', 'yes'))).resolves.toMatchObject({
      isCluster: true,
    });
  });

  test('cannot be had with another password, and the error holds none', async () => {
    const url = new URL(await start('--requirepass', 'the-right-one'));
    url.password = 'the-wrong-one';
    const error: unknown = await loadRedisFacts(url.href).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    expect(String(error)).not.toMatch(/the-(right|wrong)-one/);
  });

  test('cannot be had where nothing listens, and that is said at once', async () => {
    const { port } = new URL(await findUnusedOrigin());
    await expect(loadRedisFacts(`redis://127.0.0.1:${port}`)).rejects.toThrow(/ECONNREFUSED.*REDIS_URL/);
  });
});

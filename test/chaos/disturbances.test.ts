import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { Redis } from 'ioredis';
import { useDatabase } from '../support/postgres.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';
import { startNightChild } from './night-child.ts';
import { readOutcome } from './outcome.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { PostgresWire } from './postgres-wire.ts';
import { startProxy } from './proxy.ts';
import { prepareScene, runToItsEnd, type Engine, type Scene } from './scene.ts';
import { playUndisturbed } from './undisturbed.ts';

const program = await findRedisProgram();
const ENGINES = [
  { engine: 'postgres' as const, missing: false },
  { engine: 'redis' as const, missing: inject('redisUrl') === null },
];

/** Resolves when the night has got as far as asking about somebody, of whom nothing is stored yet. */
async function untilAsked({ server }: Scene): Promise<void> {
  await server.faults.add({
    on: { entries: ['cid@example.com'], attempts: 'first' },
    does: { latencyMs: 200 },
  }).whenFired;
}

async function prepare(engine: Engine, servers = {}): Promise<Scene> {
  const scene = await prepareScene(engine, { servers });
  onTestFinished(() => scene.close());
  return scene;
}

describe.each(ENGINES)(
  'I3, I5, I6: with $engine as the queue, a night ends as if nothing had happened',
  ({ engine, missing }) => {
    test.skipIf(missing)(
      'when a process freezes past its locks, another goes on, and it comes back',
      async () => {
        const scene = await prepare(engine);
        const undisturbed = await playUndisturbed(scene);
        const database = await scene.takeEvening();
        onTestFinished(() => database.drop());
        const frozen = startNightChild();
        const asked = untilAsked(scene);
        const end = frozen.run(scene.envOf(database));
        await asked;
        frozen.freeze();
        expect(await runToItsEnd(scene.envOf(database))).toMatchObject({ runId: '2', status: 'published' });
        frozen.thaw();
        expect(await end).toMatchObject({ code: 0 });
        expect(await readOutcome(database)).toEqual(undisturbed);
      },
    );

    test.skipIf(missing)('when four processes run it at the same time', async () => {
      const scene = await prepare(engine);
      const undisturbed = await playUndisturbed(scene);
      const database = await scene.takeEvening();
      onTestFinished(() => database.drop());
      const env = scene.envOf(database);
      const ends = await Promise.all(Array.from({ length: 4 }, () => startNightChild().run(env)));
      expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      expect(await readOutcome(database)).toEqual(undisturbed);
    });

    test.skipIf(missing)('when PostgreSQL crashes under it and recovers', async () => {
      let postgres = await startOwnPostgres();
      const { port, url } = postgres;
      onTestFinished(() => postgres.end());
      const undisturbed = await playUndisturbed(await prepare(engine));
      const scene = await prepare(engine, { postgresUrl: url });
      const proxy = await startProxy(port, () => new PostgresWire());
      onTestFinished(() => proxy.close());
      const night = startNightChild();
      const asked = untilAsked(scene);
      const end = night.run(scene.envOf(scene.prepared, { postgres: proxy.port }));
      await asked;
      postgres = await postgres.crash();
      proxy.redirect(postgres.port);
      // It needs nobody: the process waits for the server and goes on.
      expect(await end).toMatchObject({ code: 0 });
      expect(await readOutcome(useDatabase(postgres.url))).toEqual(undisturbed);
    });
  },
);

describe.skipIf(program === undefined)('I6: a night ends as if nothing had happened', () => {
  test.each(['is flushed', 'crashes and comes back empty'])('when Redis %s', async (what) => {
    let redis = await startRedis(program ?? '');
    onTestFinished(() => redis.end());
    const { port } = redis;
    const scene = await prepare('redis', { redisUrl: redis.url });
    const undisturbed = await playUndisturbed(scene);
    const database = await scene.takeEvening();
    onTestFinished(() => database.drop());
    const night = startNightChild();
    const asked = untilAsked(scene);
    const end = night.run(scene.envOf(database));
    await asked;
    if (what === 'is flushed') {
      await flush(redis.url);
    } else {
      await redis.end();
      redis = await startRedis(program ?? '', port);
    }
    expect(await end).toMatchObject({ code: 0 });
    expect(await readOutcome(database)).toEqual(undisturbed);
  });
});

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

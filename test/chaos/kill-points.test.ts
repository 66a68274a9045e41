import { describe, expect, inject, test } from 'vitest';
import { killAt, traceCommitPoints } from './kill.ts';
import { playUndisturbed } from './undisturbed.ts';
import { prepareScene, type Engine, type Scene } from './scene.ts';

/** Every so many commit points one is tried here; all of them: npm run test:chaos. */
const EVERY = Number(process.env['CHAOS_EVERY'] ?? 9);

describe.each([
  { engine: 'postgres' as const, batchesPerJob: 1, missing: false },
  { engine: 'redis' as const, batchesPerJob: 1, missing: inject('redisUrl') === null },
  { engine: 'postgres' as const, batchesPerJob: 2, missing: false },
])('I2, I3, I6: with $engine as the queue, $batchesPerJob a job', ({ engine, batchesPerJob, missing }) => {
  test.skipIf(missing)(
    'a night whose process is killed at a commit ends as if nothing had happened',
    async () => {
      const scene = await prepareScene(engine, { batchesPerJob });
      try {
        await checkKills(scene, engine);
      } finally {
        await scene.close();
      }
    },
  );
});

async function checkKills(scene: Scene, engine: Engine): Promise<void> {
  const undisturbed = await playUndisturbed(scene);
  const points = await traceCommitPoints(scene, engine);
  expect(points.length).toBeGreaterThan(20);
  const tried = points.filter((_, index) => index % EVERY === 0);
  const disturbed = await killAt(scene, engine, tried);
  // Where the queue did not ask again nobody was killed: seldom.
  const ofQueue = tried.filter(({ isOfQueue }) => isOfQueue);
  expect(tried.length - disturbed.length).toBeLessThanOrEqual(Math.ceil(ofQueue.length / 4));
  if (EVERY === 1)
    process.stdout.write(`${engine}: killed at ${disturbed.length} of ${tried.length} commit points\n`);
  for (const { point, outcome } of disturbed)
    expect({ point, outcome }).toEqual({ point, outcome: undisturbed });
}

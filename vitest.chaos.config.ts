import { defineConfig } from 'vitest/config';

/** What `npm test` samples, whole: every commit point of a night on both engines, and hundreds of sequences. */
export default defineConfig({
  test: {
    include: ['test/chaos/kill-points.test.ts', 'test/chaos/sequences.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    env: { CHAOS_EVERY: '1', CHAOS_SEQUENCES: process.env['CHAOS_SEQUENCES'] ?? '300' },
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    isolate: false,
    maxWorkers: '100%',
  },
});

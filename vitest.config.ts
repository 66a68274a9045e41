import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They take minutes, and the seconds they measure need the machine to themselves: npm run test:soak.
    exclude: [...configDefaults.exclude, 'test/soak/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // No test leaves anything behind in a module, and loading them anew for each file takes a third of the time.
    isolate: false,
    // Tests wait for PostgreSQL as often as they compute: one for each core, instead of one less.
    maxWorkers: '100%',
    // The longest takes twenty seconds on two idle cores; on busy ones it has taken three times as long.
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});

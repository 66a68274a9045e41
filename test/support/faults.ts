import { expect } from 'vitest';
import type { RunningTenant } from '../../src/simulator/server.ts';

/** For `afterEach` or `onTestFinished`: a test whose fault never fired has tested nothing. */
export function expectAllFired(server: Pick<RunningTenant, 'unfiredFaults'>): void {
  const names = server.unfiredFaults().map(({ name }) => name);
  expect(names, `faults that never fired: ${names.join('; ')}`).toEqual([]);
}

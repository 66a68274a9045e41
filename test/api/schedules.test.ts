import fc from 'fast-check';
import { test } from 'vitest';
import { checkSchedule, schedules } from '../support/fault-schedules.ts';

test('I1, I10: whatever befalls two nights, each entry has one answer, who was answered is shown as they are, and the rest as they were', async () => {
  // Hundreds more: npm run test:soak.
  await fc.assert(fc.asyncProperty(schedules, checkSchedule), { numRuns: 3, endOnFailure: true });
});

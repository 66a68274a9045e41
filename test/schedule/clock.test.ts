import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startClock } from '../../src/schedule/clock.ts';

/** Ticks of a clock while time passes from one instant to another. */
async function tickFrom(from: string, minutes: number): Promise<string[]> {
  vi.setSystemTime(new Date(from));
  const ticks: string[] = [];
  const stop = startClock({
    expression: '30 2 * * *',
    timeZone: 'Europe/Berlin',
    onTick: () => ticks.push(new Date().toISOString()),
  });
  await vi.advanceTimersByTimeAsync(minutes * 60_000);
  await stop();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  return ticks;
}

describe('the clock', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('ticks at the very second, once a minute besides, and no more once it is stopped', async () => {
    const ticks = await tickFrom('2027-06-01T00:28:30Z', 3);
    expect(ticks).toEqual([
      '2027-06-01T00:29:30.000Z',
      '2027-06-01T00:30:00.000Z',
      '2027-06-01T00:30:30.000Z',
      '2027-06-01T00:31:30.000Z',
    ]);
  });

  test('ticks in the minute of a time of day that does not exist', async () => {
    const ticks = await tickFrom('2027-03-28T01:29:30Z', 2);
    expect(ticks).toContain('2027-03-28T01:30:30.000Z');
  });
});

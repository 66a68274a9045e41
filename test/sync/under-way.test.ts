import { expect, test } from 'vitest';
import { deferred } from '../../src/queue/deadline.ts';
import { BatchesUnderWay } from '../../src/sync/under-way.ts';

test('a run is idle when the last of its batches has ended, in whatever order they began', async () => {
  const underWay = new BatchesUnderWay();
  const [first, second, other] = [begin(underWay, '1'), begin(underWay, '1'), begin(underWay, '2')];
  await second.end();
  expect(underWay.isIdle('1')).toBe(false);
  const third = begin(underWay, '1');
  await first.end();
  expect(underWay.isIdle('1')).toBe(false);
  await third.end();
  expect(underWay.isIdle('1')).toBe(true);
  expect(underWay.isIdle('2')).toBe(false);
  await other.end();
  expect(underWay.isIdle('2')).toBe(true);
});

test('a batch that fails has ended as well', async () => {
  const underWay = new BatchesUnderWay();
  const failing = underWay.during('1', () => Promise.reject(new Error('the database is away')));
  expect(underWay.isIdle('1')).toBe(false);
  await expect(failing).rejects.toThrow('the database is away');
  expect(underWay.isIdle('1')).toBe(true);
});

function begin(underWay: BatchesUnderWay, runId: string): { end(): Promise<void> } {
  const { promise, resolve } = deferred<undefined>();
  const work = underWay.during(runId, () => promise);
  return {
    async end() {
      resolve(undefined);
      await work;
    },
  };
}

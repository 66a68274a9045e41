import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readParent, readTreeSeconds, startProcessorClock } from './processor-clock.ts';

const ON_LINUX = process.platform === 'linux';

/** A shell whose child works for a while and ends, and which then works itself, until it is killed. */
const BUSY = 'i=0; (while [ $i -lt 200000 ]; do i=$((i+1)); done); echo done; while :; do :; done';

test.runIf(ON_LINUX)('a tree has the time of its processes, those that ended among them', async () => {
  const shell = spawn('sh', ['-c', BUSY], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = shell.pid ?? 0;
  try {
    await once(shell.stdout, 'data');
    const childTook = readTreeSeconds({ roots: [pid] });
    expect(childTook).toBeGreaterThan(0);
    await expect.poll(() => readTreeSeconds({ roots: [pid] })).toBeGreaterThan(childTook);
    expect(readParent(pid)).toBe(process.pid);
    expect(readTreeSeconds({ roots: [process.pid], without: [pid] })).toBeGreaterThan(0);
    expect(readTreeSeconds({ roots: [pid], without: [pid] })).toBe(0);
  } finally {
    shell.kill('SIGKILL');
    await once(shell, 'exit');
  }
  expect(readTreeSeconds({ roots: [pid] })).toBe(0);
  expect(readParent(pid)).toBeNull();
});

test.runIf(ON_LINUX)('samples never fall', async () => {
  const nobody = { roots: [] };
  const contender = { roots: [process.pid] };
  const stop = startProcessorClock({
    contender,
    postgres: nobody,
    redis: nobody,
    tenant: nobody,
    reader: nobody,
  });
  const until = Date.now() + 120;
  await expect.poll(() => Date.now()).toBeGreaterThan(until);
  const seconds = stop().map((sample) => sample.seconds.contender);
  expect(seconds.length).toBeGreaterThanOrEqual(2);
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
});

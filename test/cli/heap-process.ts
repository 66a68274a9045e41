import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { MAIN } from '../support/entry-points.ts';

/** Together more than a young generation has room for, so that what is dropped is garbage of the old one. */
const KEPT = 80;
const MADE = 1600;

// The command that its arguments name; the process goes on when that has ended.
await import(MAIN);
if (process.env['LEFT_TO_V8'] !== undefined) setFlagsFromString('--heap-growing-percent=0');

const kept: object[][] = [];
let most = 0;
for (let made = 0; made < MADE; made += 1) {
  kept[made % KEPT] = Array.from({ length: 16_384 }, (_, index) => ({ index }));
  if (made > 4 * KEPT) most = Math.max(most, readOldBytes());
}
process.stdout.write(`${most}\n`);

function readOldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
    .reduce((sum, space) => sum + space.space_used_size, 0);
}

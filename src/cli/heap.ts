import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect its heap when it is three times as large as what lived after the last collection (I11). Left to itself it
 * waits for four times, and the last part is dear: a seventh of a night's memory for no time (docs/benchmarks.md has what less
 * would cost). V8 reads this at every collection, so a running process may set it.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=200');
}

import { setTimeout as delay } from 'node:timers/promises';
import { givePlaceBack, takePlace, type RateLimit } from '../store/budget.ts';
import type { Database } from '../store/database.ts';

/** A little more than the shorter of the usual windows: a night that is running takes all of its places. */
const PATIENCE_MS = 65_000;

export type InPlace<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly waitMs: number };

/** Makes one API call in the budget that it shares with the nights (I7), or says for how long there is no place. */
export async function callInPlace<T>(
  database: Database,
  limits: readonly RateLimit[],
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<InPlace<T>> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const budget = await takePlace(database, limits);
    if ('place' in budget) {
      try {
        return { ok: true, value: await call() };
      } finally {
        await givePlaceBack(database, budget.place);
      }
    }
    if (performance.now() + budget.waitMs > until) return { ok: false, waitMs: budget.waitMs };
    await delay(budget.waitMs, undefined, { signal });
  }
}

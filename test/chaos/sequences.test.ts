import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandsOf, openReality, settle } from './sequence.ts';

/** Sequences played here; hundreds: npm run test:chaos; thousands: CHAOS_SEQUENCES=5000 npm run test:chaos. */
const RUNS = Number(process.env['CHAOS_SEQUENCES'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);

test(
  'I1 to I6: whatever sequence of days, ticks, faults, crashes, repetitions and decisions, a reader sees whole nights, each once',
  { timeout: 120_000 + RUNS * 30_000 },
  async () => {
    const played: string[] = [];
    await fc.assert(
      fc.asyncProperty(commandsOf(), async (commands) => {
        const { model, real } = await openReality();
        try {
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await settle(model, real);
        } finally {
          await real.close();
        }
        played.push(...model.played);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    if (RUNS >= 100)
      process.stdout.write(`${RUNS} sequences, CHAOS_SEED=${SEED}: ${describeCounts(played)}\n`);
    // The instrument: every kind of command has been played, and nights were published and held.
    if (RUNS >= 100) expect([...new Set(played)].sort()).toEqual(EVERYTHING);
  },
);

// prettier-ignore
const EVERYTHING = [
  'answer all', 'answer one', 'answer one twice', 'approve', 'approve another plan', 'approve beside an open run',
  'crash', 'day', 'fault', 'finish', 'finish thrice', 'held', 'published', 'reject', 'sweep', 'tick', 'tick twice',
  'whole night',
];

function describeCounts(played: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of played) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

import type { EntryKind } from '../../src/core/answer.ts';
import type { NewRun, RejectedEntry } from '../../src/store/open-run.ts';

interface RosterOptions {
  readonly kind?: EntryKind;
  readonly rejected?: readonly RejectedEntry[];
  /** Entries handed over at a time. */
  readonly chunk?: number;
}

/** A roster as the store takes it, line by line. */
export async function* rosterOf(
  entries: readonly string[],
  { kind = 'email', rejected = [], chunk = 2 }: RosterOptions = {},
): NewRun['roster'] {
  const lines = entries.map((entry, index) => ({ line: index + 1, entry, kind }));
  for (let from = 0; from < lines.length; from += chunk) {
    yield await Promise.resolve({ entries: lines.slice(from, from + chunk), rejected: [] });
  }
  yield { entries: [], rejected };
}

/** A run by hand over these entries, of an account that is always the same. */
export function newRun(
  entries: readonly string[],
  { key = 'manual-1', batchSize = 2, ...differences }: Partial<NewRun> = {},
): NewRun {
  return {
    key,
    trigger: 'manual',
    dryRun: false,
    openings: 0,
    alertRules: [],
    account: { host: 'https://kore.example.com', clientId: 'cs-1' },
    batchSize,
    readCanaries: () => Promise.resolve([]),
    roster: rosterOf(entries),
    rosterName: 'people.txt',
    ...differences,
  };
}

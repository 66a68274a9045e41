import type { SyncConfig } from '../config/config.ts';
import type { EntryKind } from '../core/answer.ts';
import { leastTimeMs } from '../core/call-estimate.ts';
import { DAY_MS, describeDuration } from '../core/duration.ts';
import { failed, ok, warning, type Finding } from '../core/finding.ts';
import { count, quantity } from '../core/quantity.ts';
import type { RosterLine } from '../core/roster-entry.ts';
import type { RateLimit } from '../store/budget.ts';
import type { RosterChunk } from '../store/open-run.ts';
import type { RosterSize } from '../store/roster-size.ts';

export const ROSTER = 'roster';
export const NIGHT = 'time of a night';

const SHOWN_LINES = 5;
/** Lines stored at a time (I11). */
const CHUNK = 5_000;

/** What a roster has been seen to hold while it was read. Of rejected lines the first few, without their text (I8). */
export interface RosterTally {
  valid: number;
  rejected: number;
  readonly firstRejected: { readonly line: number; readonly reason: string }[];
  first: { readonly entry: string; readonly kind: EntryKind } | null;
}

export function startTally(): RosterTally {
  return { valid: 0, rejected: 0, firstRejected: [], first: null };
}

/** Passes a roster on in chunks, and counts it on the way. */
export async function* tallyRoster(
  lines: AsyncIterable<RosterLine>,
  tally: RosterTally,
): AsyncGenerator<RosterChunk> {
  let entries: RosterChunk['entries'][number][] = [];
  for await (const line of lines) {
    if (line.ok) {
      tally.valid += 1;
      tally.first ??= { entry: line.entry, kind: line.kind };
      entries.push(line);
    } else {
      tally.rejected += 1;
      if (tally.firstRejected.length < SHOWN_LINES)
        tally.firstRejected.push({ line: line.line, reason: line.reason });
    }
    if (entries.length < CHUNK) continue;
    yield { entries, rejected: [] };
    entries = [];
  }
  yield { entries, rejected: [] };
}

/** `size` null: without a database duplicates are not told from the rest. */
export function judgeRoster(tally: RosterTally, size: RosterSize | null): Finding {
  const { valid, rejected, firstRejected } = tally;
  const lines = firstRejected.map(({ line, reason }) => `line ${line} ${reason}`).join('; ');
  const more = rejected > firstRejected.length ? `; and ${count(rejected - firstRejected.length)} more` : '';
  if (valid === 0) {
    const seen = rejected === 0 ? 'holds no entry' : `holds no valid entry: ${lines}${more}`;
    return failed(ROSTER, seen, 'A run of it would stop before it asks; nobody would be removed.');
  }
  const distinct = size === null ? null : size.emails + size.orgUserIds;
  const seen =
    distinct === null
      ? `${quantity(valid, 'valid line')} (duplicates are not told apart without a database)`
      : `${quantity(distinct, 'entry', 'entries')}, ${quantity(valid - distinct, 'duplicate')}`;
  if (rejected === 0) return ok(ROSTER, `${seen}, none rejected`);
  return warning(
    ROSTER,
    `${seen}, ${count(rejected)} rejected: ${lines}${more}`,
    'Correct these lines; the others are asked about meanwhile.',
  );
}

export function judgeListedRoster(total: number): Finding {
  if (total > 0) return ok(ROSTER, `the account lists ${quantity(total, 'user')}`);
  return failed(ROSTER, 'the account lists nobody', 'Check that the app belongs to the account you mean.');
}

/** Without a database: everybody distinct, and nobody known who left the roster. */
export function assumeSize(entries: number): RosterSize {
  return { emails: entries, orgUserIds: 0, unrosteredEmails: 0, unrosteredOrgUserIds: 0 };
}

/** The least that a night takes at the account's limits; the calls themselves come on top. */
export function judgeNight(
  size: RosterSize,
  limits: readonly RateLimit[],
  { batchSize }: Pick<SyncConfig, 'batchSize'>,
): Finding {
  const calls =
    Math.ceil(size.emails / batchSize) +
    size.orgUserIds +
    Math.ceil(size.unrosteredEmails / batchSize) +
    size.unrosteredOrgUserIds;
  const unrostered = size.unrosteredEmails + size.unrosteredOrgUserIds;
  const others =
    unrostered === 0
      ? ''
      : `, ${quantity(unrostered, 'known person', 'known people')} who left the roster included`;
  const seen = `${quantity(calls, 'API call')}${others}`;
  if (limits.length === 0) return ok(NIGHT, `${seen}; no limit is set (RATE_PER_MINUTE, RATE_PER_HOUR)`);
  const leastMs = leastTimeMs(calls, limits);
  const took =
    leastMs === 0 ? 'at the limits within a minute' : `at the limits at least ${describeDuration(leastMs)}`;
  if (leastMs <= DAY_MS) return ok(NIGHT, `${seen}, ${took}`);
  return warning(
    NIGHT,
    `${seen}, ${took}: more than a day`,
    'Raise BATCH_SIZE, ask Kore.ai for higher limits, or run less often than every night (SYNC_CRON).',
  );
}

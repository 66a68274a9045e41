import { HOUR_MS } from '../core/duration.ts';
import { notTried, ok, warning, type Finding } from '../core/finding.ts';
import { judgeFreshness, type LastGoodNight } from '../core/freshness.ts';
import type { Database } from '../store/database.ts';
import { loadLastGoodNight } from '../store/freshness.ts';
import { TABLES } from './database.ts';
import { find } from './find.ts';

const LAST_NIGHT = 'last good night';
/** A day, and two hours for a night that takes longer than the one before. */
const ORDINARY_AGE_MS = 26 * HOUR_MS;

/** No more than a warning: whoever checks an installation may have stopped it on purpose, or not begun. */
export async function checkLastNight(database: Database | null): Promise<Finding> {
  if (database === null) return notTried(LAST_NIGHT, TABLES);
  return find(LAST_NIGHT, async () => judgeLastNight(await loadLastGoodNight(database)));
}

function judgeLastNight(last: LastGoodNight | null): Finding {
  if (last === null) return ok(LAST_NIGHT, 'none yet: the first run makes the baseline');
  const { isFresh, detail } = judgeFreshness(last, ORDINARY_AGE_MS);
  return isFresh ? ok(LAST_NIGHT, detail) : warning(LAST_NIGHT, detail, REMEDY);
}

const REMEDY = 'For what to do with a held or a failed night, see docs/operations.md.';

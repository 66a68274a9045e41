import { createClient, toRateLimits } from '../app.ts';
import type { SyncConfig } from '../config/config.ts';
import { describeDuration } from '../core/duration.ts';
import { failed, notTried, warning, type Finding } from '../core/finding.ts';
import { LISTING_NAME, type TextSource } from '../core/roster-entry.ts';
import type { KoreClient } from '../kore/client.ts';
import { openRoster } from '../roster/roster.ts';
import type { RateLimit } from '../store/budget.ts';
import type { Database } from '../store/database.ts';
import { countRoster, type RosterSize } from '../store/roster-size.ts';
import { CLOCK, describeListingRefusal, judgeLookup, LOOKUP, NOBODY, REACHED, SCOPE, TOKEN } from './api.ts';
import { TABLES } from './database.ts';
import { describeError } from './find.ts';
import { callInPlace } from './place.ts';
import {
  assumeSize,
  judgeListedRoster,
  judgeNight,
  judgeRoster,
  NIGHT,
  ROSTER,
  startTally,
  tallyRoster,
  type RosterTally,
} from './roster.ts';

export interface Asking {
  readonly config: SyncConfig;
  /** With all tables; null: calls cannot be counted, and so none is made (I7). */
  readonly database: Database | null;
  readonly signal: AbortSignal;
}

/** Tries the roster and the API, and returns how many entries the roster has, 0 where that is not known. */
export async function* checkRosterAndApi(asking: Asking): AsyncGenerator<Finding, number> {
  const { config } = asking;
  const limits = toRateLimits(config.rateLimits);
  const client = createClient(config);
  try {
    const { source } = config.roster;
    const size =
      source.kind === 'listing'
        ? yield* checkListing(asking, client, limits)
        : yield* checkText(asking, source, limits);
    yield* checkApi(asking, client, limits, size.first);
    return size.entries;
  } finally {
    client.close();
  }
}

interface SeenRoster {
  readonly entries: number;
  readonly first: RosterTally['first'];
}

const UNSEEN: SeenRoster = { entries: 0, first: null };

async function* checkText(
  { config, database }: Asking,
  source: TextSource,
  limits: readonly RateLimit[],
): AsyncGenerator<Finding, SeenRoster> {
  const tally = startTally();
  const chunks = tallyRoster(openRoster(source, { column: config.roster.column }), tally);
  let counted: RosterSize | null = null;
  try {
    if (database !== null) counted = await countRoster(database, chunks);
    else await drain(chunks);
  } catch (error) {
    yield failed(ROSTER, describeError(error));
    yield notTried(NIGHT, ROSTER);
    return UNSEEN;
  }
  yield judgeRoster(tally, counted);
  yield judgeNight(counted ?? assumeSize(tally.valid), limits, config);
  return { entries: tally.valid, first: tally.first };
}

/** What is read is counted on its way. */
async function drain(chunks: AsyncGenerator): Promise<void> {
  while ((await chunks.next()).done !== true);
}

async function* checkListing(
  { config, database, signal }: Asking,
  client: KoreClient,
  limits: readonly RateLimit[],
): AsyncGenerator<Finding, SeenRoster> {
  if (database === null) {
    yield notTried(ROSTER, TABLES);
    yield notTried(NIGHT, ROSTER);
    return UNSEEN;
  }
  const asked = await askInBudget(ROSTER, { database, limits, signal }, () =>
    client.fetchListingPage({ offset: 0, limit: 1 }, signal),
  );
  if (asked.value?.ok !== true) {
    yield asked.value === null
      ? asked.finding
      : failed(ROSTER, `${LISTING_NAME}: ${describeListingRefusal(asked.value.failure)}`);
    yield notTried(NIGHT, ROSTER);
    return UNSEEN;
  }
  const { total } = asked.value.page;
  yield judgeListedRoster(total);
  yield judgeNight(assumeSize(total), limits, config);
  return { entries: total, first: null };
}

async function* checkApi(
  { config, database, signal }: Asking,
  client: KoreClient,
  limits: readonly RateLimit[],
  first: RosterTally['first'],
): AsyncGenerator<Finding, void> {
  const rest = [CLOCK, TOKEN, SCOPE, LOOKUP];
  if (database === null) {
    for (const requirement of [REACHED, ...rest]) yield notTried(requirement, TABLES);
    return;
  }
  const { entry, kind } = first ?? NOBODY;
  const asked = await askInBudget(REACHED, { database, limits, signal }, async () => {
    const askedAt = new Date();
    const outcome = await client.fetchUsersInfo([entry], kind, signal);
    return { outcome, askedAt, answeredAt: new Date(), isRostered: first !== null };
  });
  signal.throwIfAborted();
  if (asked.value !== null) {
    yield* judgeLookup(asked.value, config.kore.host);
    return;
  }
  yield asked.finding;
  for (const requirement of rest) yield notTried(requirement, REACHED);
}

interface Budget {
  readonly database: Database;
  readonly limits: readonly RateLimit[];
  readonly signal: AbortSignal;
}

/** What a call brought, or the finding that says why it was not made. */
async function askInBudget<T>(
  requirement: string,
  { database, limits, signal }: Budget,
  call: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly value: null; readonly finding: Finding }> {
  try {
    const asked = await callInPlace(database, limits, signal, call);
    return asked.ok
      ? { value: asked.value }
      : { value: null, finding: describeFullBudget(requirement, asked.waitMs) };
  } catch (error) {
    signal.throwIfAborted();
    return { value: null, finding: failed(requirement, describeError(error)) };
  }
}

function describeFullBudget(requirement: string, waitMs: number): Finding {
  return warning(
    requirement,
    `not asked: the limits leave no API call for the next ${describeDuration(waitMs)}`,
    'A night is running, or the account refuses calls for now: kore-sync runs. Check again afterwards.',
  );
}

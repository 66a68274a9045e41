import { setTimeout as delay } from 'node:timers/promises';
import { ALL_USER_ROLES } from '../core/api.ts';
import { describeFailure, type ApiFailure } from '../core/api-failure.ts';
import { decideFailure, readTrouble } from '../core/error-table.ts';
import { SyncError, type ErrorCode } from '../core/errors.ts';
import { continueListing, LISTING_START, nextOffset, type ListingPage } from '../core/listing.ts';
import type { Streak } from '../core/outage.ts';
import { LISTING_NAME } from '../core/roster-entry.ts';
import type { ListingQuery } from '../kore/client.ts';
import type { ListingOutcome } from '../kore/listing.ts';
import { parseListedUser } from '../roster/listed-user.ts';
import { blockCalls } from '../store/account.ts';
import { givePlaceBack, takePlace } from '../store/budget.ts';
import type { ListingSpool } from '../store/listing-spool.ts';
import type { SyncContext } from './context.ts';

export interface Listing {
  readonly spool: ListingSpool;
  /** Told after each page how far it is: somebody may be waiting for an hour. */
  readonly onListed: (listed: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** No greatest page is documented. A server that gives fewer is asked on from what it gave. */
const PAGE_SIZE = 1_000;
/** The greatest page that the sibling listings document: what is asked for where the other one fails. */
const SMALL_PAGE_SIZE = 50;

/** Once small, pages stay small. */
interface Pages {
  size: number;
}

/** In a listing of a few minutes somebody may well join or leave once, and hardly ever three times in a row. */
const MAX_LISTINGS = 3;

/**
 * Lists everybody in the account into the spool, within the API budget (I7).
 *
 * An incomplete listing is never taken for a complete one: it is listed again from the start, and given up in
 * the end. What a failed page leads to is said by the error table; it is waited for in place.
 *
 * @throws ROSTER_INCOMPLETE, KORE_REFUSED or KORE_UNREACHABLE, saying what was seen; the reason of `signal` where
 * it aborts.
 */
export async function listUsers(context: SyncContext, listing: Listing): Promise<void> {
  const pages = { size: PAGE_SIZE };
  for (let count = 1; ; count += 1) {
    const fault = await listOnce(context, listing, pages);
    if (fault === undefined) return;
    if (count === MAX_LISTINGS) {
      throw refuse('ROSTER_INCOMPLETE', `is not complete, ${count} times in a row: it ${fault}. ${REMEDY}`);
    }
    warn(context, `read again from the start: the listing ${fault}`);
    await listing.spool.clear();
  }
}

/** What keeps the listing from being complete; undefined where it is. */
async function listOnce(context: SyncContext, listing: Listing, pages: Pages): Promise<string | undefined> {
  const { spool, onListed } = listing;
  let place = LISTING_START;
  for (;;) {
    const page = await fetchPage(context, listing.signal, pages, nextOffset(place));
    const step = continueListing(place, page);
    if (step.kind === 'incomplete') return step.seen;
    const { listed } = place;
    const added = await spool.add(
      step.users.map((user, index) => ({
        key: user.key,
        line: parseListedUser(user, listed + index + 1),
      })),
    );
    if (added < step.users.length) return `has somebody twice within ${step.place.listed} users`;
    onListed(step.place.listed, step.place.total);
    if (step.kind === 'complete') return undefined;
    place = step.place;
  }
}

async function fetchPage(
  context: SyncContext,
  signal: AbortSignal,
  pages: Pages,
  offset: number,
): Promise<ListingPage> {
  const waiting = startWaiting();
  let lastKind: ApiFailure['kind'] | undefined;
  let failures = 0;
  for (;;) {
    const outcome = await fetchInBudget(context, { offset, limit: pages.size }, signal);
    if (outcome.ok) return outcome.page;
    signal.throwIfAborted();
    const { failure } = outcome;
    const decision = decideFailure(failure, {
      attempt: failures + 1,
      random: context.random,
      batchSize: pages.size > SMALL_PAGE_SIZE ? pages.size : 1,
      isRepeated: failure.kind === lastKind,
      api: ALL_USER_ROLES,
      ...waiting.describe(failure),
    });
    lastKind = failure.kind;
    const seen = `at offset ${offset}: ${describeFailure(failure)}`;
    switch (decision.action) {
      case 'retry':
        failures += 1;
        warn(context, `${seen}; asked again in ${Math.ceil(decision.delayMs / 1000)} s`);
        await delay(decision.delayMs, undefined, { signal });
        break;
      case 'pause':
        warn(context, `${seen}; nobody asks for ${Math.ceil(decision.delayMs / 1000)} s`);
        await blockCalls(context.database, decision.delayMs);
        break;
      case 'split':
        warn(context, `${seen}; asked again in pages of ${SMALL_PAGE_SIZE}`);
        pages.size = SMALL_PAGE_SIZE;
        failures = 0;
        break;
      case 'stop':
        throw refuse(decision.code, `cannot be listed: ${decision.advice}`);
      case 'give_up':
        throw refuse('ROSTER_INCOMPLETE', `broke off at offset ${offset}: ${decision.reason}. ${REMEDY}`);
    }
  }
}

/** A listing waits for an account that refuses calls as long as a run does. Other failures are its page's own. */
function startWaiting(): { describe(failure: ApiFailure): { readonly streak?: Streak } } {
  let refusedAt: number | undefined;
  return {
    describe(failure) {
      if (readTrouble(failure) !== 'refusing') return {};
      const now = performance.now();
      refusedAt ??= now;
      return {
        streak: { trouble: 'refusing', failures: 0, lastingMs: now - refusedAt, suspectsOnly: false },
      };
    },
  };
}

async function fetchInBudget(
  { database, rateLimits, kore }: SyncContext,
  query: ListingQuery,
  signal: AbortSignal,
): Promise<ListingOutcome> {
  for (;;) {
    const budget = await takePlace(database, rateLimits);
    if ('waitMs' in budget) {
      await delay(budget.waitMs, undefined, { signal });
      continue;
    }
    try {
      return await kore.fetchListingPage(query, signal);
    } finally {
      await givePlaceBack(database, budget.place);
    }
  }
}

function warn({ log }: SyncContext, words: string): void {
  log.warn({}, `[${LISTING_NAME}] ${words}`);
}

const REMEDY = 'Try again at a quieter hour, or set ROSTER to a file.';

function refuse(code: ErrorCode, seen: string): SyncError {
  return new SyncError(
    code,
    `The roster ${LISTING_NAME} ${seen} No run was opened: nothing was written, nobody is removed.`,
  );
}

import type { Answer, EntryKind } from '../core/answer.ts';
import { describeFailure, type ApiFailure } from '../core/api-failure.ts';
import { ALL_USER_ROLES, USERS_INFO, type Api } from '../core/api.ts';
import { decideFailure } from '../core/error-table.ts';
import { failed, notTried, ok, warning, type Finding } from '../core/finding.ts';
import type { FetchOutcome } from '../kore/client.ts';

export const REACHED = 'Kore.ai';
export const CLOCK = 'clock';
export const TOKEN = 'token';
export const SCOPE = 'scope';
export const LOOKUP = 'lookup';
/** All that one call tells, in the order in which one rests on the other. */
export const LOOKUP_PARTS = [REACHED, CLOCK, TOKEN, SCOPE, LOOKUP];

/** A token is good from five minutes before it was made until five minutes after (kore/token.ts). */
const TOKEN_TOLERANCE_S = 300;
/** A machine that is kept in time by anything is nearer than this. */
const ORDINARY_S = 30;
/** A Date header is cut to the second. */
const DATE_PRECISION_S = 1;

/** Nobody's: the domain is reserved for being none (RFC 2606). */
export const NOBODY: { readonly entry: string; readonly kind: EntryKind } = {
  entry: 'nobody@kore-sync.invalid',
  kind: 'email',
};

export interface Lookup {
  readonly outcome: FetchOutcome;
  /** Whether it was the first entry of the roster, or nobody. */
  readonly isRostered: boolean;
  /** Our clock, right before and right after the call. */
  readonly askedAt: Date;
  readonly answeredAt: Date;
}

/** One call says five things; which of them depends on how far it got. */
export function judgeLookup(lookup: Lookup, host: string): Finding[] {
  const { outcome } = lookup;
  const durationMs = lookup.answeredAt.getTime() - lookup.askedAt.getTime();
  const answers = ok(REACHED, `${host} answered in ${durationMs} ms`);
  const clock = judgeClock(lookup);
  const accepted = ok(TOKEN, 'accepted');
  const granted = ok(SCOPE, `"${USERS_INFO.scope}" granted`);
  if (outcome.ok)
    return [answers, clock, accepted, granted, judgeAnswer(outcome.answers.answers, lookup.isRostered)];
  const { failure } = outcome;
  const refusal = describeRefusal(failure, USERS_INFO);
  if (failure.kind === 'unauthorized' && failure.reason === 'scope') {
    return [answers, clock, accepted, failed(SCOPE, refusal), notTried(LOOKUP, SCOPE)];
  }
  if (failure.kind === 'unauthorized') {
    return [answers, clock, failed(TOKEN, refusal), notTried(SCOPE, TOKEN), notTried(LOOKUP, TOKEN)];
  }
  if (failure.kind === 'encrypted') return [answers, clock, accepted, granted, failed(LOOKUP, refusal)];
  return [
    failed(REACHED, refusal, REMEDIES[failure.kind] ?? null),
    failure.status === undefined ? notTried(CLOCK, REACHED) : clock,
    ...[TOKEN, SCOPE, LOOKUP].map((requirement) => notTried(requirement, REACHED)),
  ];
}

/** For failures that a run waits out: nobody waits here. */
const REMEDIES: Readonly<Partial<Record<ApiFailure['kind'], string>>> = {
  rate_limited:
    'Try again in an hour. If it goes on, another job uses the same account: leave it its part with RATE_PER_MINUTE and RATE_PER_HOUR.',
  timeout: 'Try again; if it goes on, look at the network and at proxies between here and KORE_HOST.',
  reset: 'Try again; if it goes on, look at firewalls and proxies between here and KORE_HOST.',
};

/** What is wrong and, where the error table has advice, what to do. */
export function describeRefusal(failure: ApiFailure, api: Api): string {
  // As after the last of all attempts: the advice, not the next try.
  const attempt = Number.MAX_SAFE_INTEGER;
  const decision = decideFailure(failure, { attempt, random: () => 0, batchSize: 1, api });
  return decision.action === 'stop' ? decision.advice : describeFailure(failure);
}

function judgeAnswer(answers: readonly Answer[], isRostered: boolean): Finding {
  const [answer] = answers;
  const who = isRostered ? 'the first entry of the roster' : 'an address that is nobody';
  switch (answer?.kind) {
    case 'found':
      return ok(LOOKUP, `${who} was found`);
    case 'absent':
      return ok(
        LOOKUP,
        isRostered ? `${who} is not known to the account` : `${who}'s is not known, as it should be`,
      );
    case 'unanswered':
    case undefined:
      return warning(
        LOOKUP,
        `${who} was not answered for`,
        'Try again. If it goes on, see whether the nights are partial: kore-sync runs.',
      );
  }
}

/** From the middle of the call, and no more exact than its duration and the header allow. */
export function judgeClock({ outcome, askedAt, answeredAt }: Omit<Lookup, 'isRostered'>): Finding {
  const { serverDate } = outcome;
  if (serverDate === undefined)
    return warning(CLOCK, 'the server sent no Date to compare with', 'Keep this machine in time with NTP.');
  const durationS = (answeredAt.getTime() - askedAt.getTime()) / 1000;
  const middleMs = (answeredAt.getTime() + askedAt.getTime()) / 2;
  const aheadS = (middleMs - serverDate.getTime()) / 1000 - DATE_PRECISION_S / 2;
  const surelyS = Math.max(0, Math.abs(aheadS) - DATE_PRECISION_S / 2 - durationS / 2);
  const limit = `tokens allow ${TOKEN_TOLERANCE_S / 60} minutes`;
  if (surelyS <= ORDINARY_S)
    return ok(CLOCK, `within ${Math.max(1, Math.ceil(Math.abs(aheadS)))} s of the server's; ${limit}`);
  const seen = `${Math.round(Math.abs(aheadS))} s ${aheadS > 0 ? 'ahead of' : 'behind'} the server's; ${limit}`;
  const remedy = 'Set the clock of this machine, and keep it in time with NTP.';
  return surelyS >= TOKEN_TOLERANCE_S ? failed(CLOCK, seen, remedy) : warning(CLOCK, seen, remedy);
}

export function describeListingRefusal(failure: ApiFailure): string {
  return describeRefusal(failure, ALL_USER_ROLES);
}

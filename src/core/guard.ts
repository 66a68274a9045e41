import { count, quantity } from './quantity.ts';

/** The guard's limits. A percentage or number trips when it is exceeded, not when it is met. */
export interface GuardLimits {
  readonly maxRemovedPercent: number;
  readonly maxRevokedPercent: number;
  readonly maxGrantedPercent: number;
  readonly maxAdminChanges: number;
  readonly minCoveragePercent: number;
}

/** What the guard needs to know of a plan, counted over the people and grants that were current before the run. */
export interface PlanFigures {
  /** The database has no published run yet: there is nothing to compare with. */
  readonly baseline: boolean;
  readonly usersBefore: number;
  readonly grantsBefore: number;
  readonly adminGrantsBefore: number;
  readonly removed: number;
  readonly revoked: number;
  /** Grants to people somebody had asked about before; those of people first seen count as nothing, as do changes of source. */
  readonly granted: number;
  readonly adminGranted: number;
  readonly adminRevoked: number;
  readonly asked: number;
  readonly answered: number;
  /** Entries that coverage is measured against: those asked about, or for a retry those of the night it completes. */
  readonly population: number;
}

/** What the guard says of a plan: publish it, or hold it for these reasons. */
export type Verdict =
  { readonly publish: true } | { readonly publish: false; readonly reasons: readonly string[] };

/** Three people can leave a team of ten on one day: percentages do not trip on so few, unless an admin role is lost. */
const FLOOR = 3;

/**
 * Decides whether a plan may be published unattended.
 *
 * Total and deterministic; loosening a limit never adds a reason. Limits apply to sets of every size. Losing
 * every user or every grant always holds, since a broken upstream looks exactly like that. A baseline is
 * judged by its coverage alone.
 */
export function checkPlan(figures: PlanFigures, limits: GuardLimits): Verdict {
  const reasons = [...checkCoverage(figures, limits)];
  if (!figures.baseline) reasons.push(...checkLosses(figures, limits), ...checkGains(figures, limits));
  return reasons.length === 0 ? { publish: true } : { publish: false, reasons };
}

function checkCoverage(
  { asked, answered, population }: PlanFigures,
  { minCoveragePercent }: GuardLimits,
): string[] {
  const known = population - (asked - answered);
  const coverage = percent(known, population);
  if (asked > 0 && coverage >= minCoveragePercent) return [];
  return [
    `only ${ofAll(known, population, 'entries')} (${describePercent(coverage, minCoveragePercent)}) were answered, at least ${minCoveragePercent}% expected`,
  ];
}

function checkLosses(figures: PlanFigures, limits: GuardLimits): string[] {
  const { usersBefore, grantsBefore, adminGrantsBefore, removed, revoked, adminRevoked } = figures;
  return [
    ...checkLoss({
      part: removed,
      whole: usersBefore,
      noun: 'users',
      verb: 'removed',
      limit: limits.maxRemovedPercent,
      floor: FLOOR,
    }),
    ...checkLoss({
      part: revoked,
      whole: grantsBefore,
      noun: 'grants',
      verb: 'revoked',
      limit: limits.maxRevokedPercent,
      floor: adminRevoked > 0 ? 0 : FLOOR,
    }),
    ...(adminGrantsBefore > 0 && adminRevoked >= adminGrantsBefore
      ? [`${all(adminGrantsBefore, 'grants of admin roles')} would be revoked`]
      : []),
  ];
}

function checkGains(figures: PlanFigures, limits: GuardLimits): string[] {
  const { grantsBefore, granted, adminGranted, adminRevoked } = figures;
  const adminChanges = adminGranted + adminRevoked;
  return [
    ...checkPercentage({
      part: granted,
      whole: grantsBefore,
      noun: 'grants',
      verb: 'granted',
      limit: limits.maxGrantedPercent,
      floor: FLOOR,
    }),
    ...(adminChanges > limits.maxAdminChanges
      ? [
          `${quantity(adminChanges, 'change')} to admin roles (${count(adminGranted)} granted, ${count(adminRevoked)} revoked), limit ${count(limits.maxAdminChanges)}`,
        ]
      : []),
  ];
}

/** How much of a set a plan would change, and how much of it may be. */
interface Portion {
  readonly part: number;
  readonly whole: number;
  readonly noun: Noun;
  readonly verb: string;
  /** In percent. */
  readonly limit: number;
  /** As many never trip the limit. */
  readonly floor: number;
}

function checkLoss(portion: Portion): string[] {
  const { part, whole, noun, verb } = portion;
  if (whole > 0 && part >= whole) return [`${all(whole, noun)} would be ${verb}`];
  return checkPercentage(portion);
}

function checkPercentage({ part, whole, noun, verb, limit, floor }: Portion): string[] {
  const share = percent(part, whole);
  if (part <= floor || share <= limit) return [];
  return [`${ofAll(part, whole, noun)} (${describePercent(share, limit)}) would be ${verb}, limit ${limit}%`];
}

function percent(part: number, whole: number): number {
  if (whole === 0) return part === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (100 * part) / whole;
}

/** One decimal, or as many as it takes to tell the share from the limit it was held against. */
function describePercent(share: number, limit: number): string {
  if (!Number.isFinite(share)) return 'none before';
  let decimals = 1;
  while (decimals < MOST_DECIMALS && isBeyond(Number(share.toFixed(decimals)), share, limit)) decimals += 1;
  return `${share.toFixed(decimals)}%`;
}

const MOST_DECIMALS = 8;

/** Rounding has moved the share to the limit or past it, or made "all" of "nearly all". */
function isBeyond(rounded: number, share: number, limit: number): boolean {
  if (share < 100 && rounded >= 100) return true;
  return share > limit ? rounded <= limit : rounded >= limit;
}

/** What may be lost as a whole, where there is one of it. */
const ONE = {
  users: 'user',
  grants: 'grant',
  'grants of admin roles': 'grant of an admin role',
} as const;
type Noun = keyof typeof ONE;

function all(whole: number, noun: Noun): string {
  return whole === 1 ? `the only ${ONE[noun]}` : `all ${count(whole)} ${noun}`;
}

function ofAll(part: number, whole: number, noun: Noun | 'entries'): string {
  return `${count(part)} of ${count(whole)} ${noun}`;
}

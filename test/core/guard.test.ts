import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPlan, type GuardLimits, type PlanFigures } from '../../src/core/guard.ts';
import { USUAL_GUARD_LIMITS } from '../support/guard-limits.ts';

const QUIET: PlanFigures = {
  baseline: false,
  usersBefore: 3_980,
  grantsBefore: 8_000,
  adminGrantsBefore: 40,
  removed: 0,
  revoked: 0,
  granted: 0,
  adminGranted: 0,
  adminRevoked: 0,
  asked: 4_000,
  answered: 4_000,
  population: 4_000,
};

function reasons(figures: Partial<PlanFigures>, limits: Partial<GuardLimits> = {}): readonly string[] {
  const { asked = QUIET.asked } = figures;
  const verdict = checkPlan(
    { ...QUIET, population: asked, ...figures },
    { ...USUAL_GUARD_LIMITS, ...limits },
  );
  return verdict.publish ? [] : verdict.reasons;
}

describe('a plan is held', () => {
  test.each<[string, Partial<PlanFigures>, string]>([
    [
      'that removes too many users',
      { removed: 412 },
      '412 of 3,980 users (10.4%) would be removed, limit 5%',
    ],
    [
      'that revokes too many grants',
      { revoked: 900 },
      '900 of 8,000 grants (11.3%) would be revoked, limit 10%',
    ],
    ['that grants too much', { granted: 2_400 }, '2,400 of 8,000 grants (30.0%) would be granted, limit 25%'],
    [
      'that changes too many admin roles',
      { adminGranted: 15, adminRevoked: 6 },
      '21 changes to admin roles (15 granted, 6 revoked), limit 20',
    ],
    [
      'that knows too little',
      { answered: 3_500 },
      'only 3,500 of 4,000 entries (87.5%) were answered, at least 90% expected',
    ],
    ['that removes everybody', { removed: 3_980 }, 'all 3,980 users would be removed'],
    ['that revokes everything', { revoked: 8_000 }, 'all 8,000 grants would be revoked'],
    [
      'that leaves nobody an admin role',
      { adminRevoked: 40, revoked: 40 },
      'all 40 grants of admin roles would be revoked',
    ],
    [
      'about nobody',
      { asked: 0, answered: 0 },
      'only 0 of 0 entries (0.0%) were answered, at least 90% expected',
    ],
    [
      'that grants where nothing was held',
      { grantsBefore: 0, adminGrantsBefore: 0, granted: 4 },
      '4 of 0 grants (none before) would be granted, limit 25%',
    ],
  ])('%s', (_, figures, reason) => {
    expect(reasons(figures)).toContain(reason);
  });

  test('for every reason there is, not only for the first', () => {
    expect(reasons({ removed: 412, revoked: 900, granted: 2_400, answered: 0 })).toHaveLength(4);
  });

  test('whatever the limits, when everybody would be gone', () => {
    const limits = { maxRemovedPercent: 100, maxRevokedPercent: 100, maxAdminChanges: 1e9 };
    expect(reasons({ usersBefore: 1, removed: 1 }, limits)).toEqual(['the only user would be removed']);
    expect(reasons({ grantsBefore: 1, revoked: 1, adminGrantsBefore: 1, adminRevoked: 1 }, limits)).toEqual([
      'the only grant would be revoked',
      'the only grant of an admin role would be revoked',
    ]);
    expect(reasons({ adminGrantsBefore: 2, adminRevoked: 2, revoked: 2 }, limits)).toEqual([
      'all 2 grants of admin roles would be revoked',
    ]);
  });
});

describe('a limit', () => {
  test.each<[string, Partial<PlanFigures>, Partial<PlanFigures>]>([
    ['of users removed', { usersBefore: 100, removed: 5 }, { usersBefore: 100, removed: 6 }],
    ['of grants revoked', { grantsBefore: 100, revoked: 10 }, { grantsBefore: 100, revoked: 11 }],
    ['of grants granted', { grantsBefore: 100, granted: 25 }, { grantsBefore: 100, granted: 26 }],
    ['of admin changes', { adminGranted: 20 }, { adminGranted: 19, adminRevoked: 2 }],
    ['of coverage', { asked: 100, answered: 90 }, { asked: 100, answered: 89 }],
  ])('%s trips when it is exceeded, not when it is met', (_, met, exceeded) => {
    expect(reasons(met)).toEqual([]);
    expect(reasons(exceeded)).toHaveLength(1);
  });

  test('in percent does not trip on three', () => {
    expect(reasons({ usersBefore: 10, removed: 3, grantsBefore: 10, revoked: 3, granted: 3 })).toEqual([]);
    expect(reasons({ usersBefore: 10, removed: 4 })).toHaveLength(1);
    expect(reasons({ grantsBefore: 10, revoked: 4 })).toHaveLength(1);
    expect(reasons({ grantsBefore: 10, granted: 4 })).toHaveLength(1);
  });

  test('trips on one where an admin role is lost', () => {
    const lost = { grantsBefore: 9, revoked: 1, adminGrantsBefore: 2 };
    expect(reasons({ ...lost, adminRevoked: 1 })).toEqual([
      '1 of 9 grants (11.1%) would be revoked, limit 10%',
    ]);
    expect(reasons({ ...lost, adminRevoked: 0 })).toEqual([]);
  });

  test('of coverage is measured for a retry against the night it completes', () => {
    const retry = { asked: 200, population: 1_000 };
    expect(reasons({ ...retry, answered: 100 })).toEqual([]);
    expect(reasons({ ...retry, answered: 99 })).toEqual([
      'only 899 of 1,000 entries (89.9%) were answered, at least 90% expected',
    ]);
    expect(reasons({ asked: 1, answered: 0 })).toEqual([
      'only 0 of 1 entries (0.0%) were answered, at least 90% expected',
    ]);
    expect(reasons({ adminGranted: 1 }, { maxAdminChanges: 0 })).toEqual([
      '1 change to admin roles (1 granted, 0 revoked), limit 0',
    ]);
  });

  test('of admin changes counts gains and losses together', () => {
    expect(reasons({ adminGranted: 11, adminRevoked: 10 })).toHaveLength(1);
  });

  test('is never contradicted by the rounding of the figure beside it', () => {
    expect(reasons({ usersBefore: 10_000, removed: 501 })).toEqual([
      '501 of 10,000 users (5.01%) would be removed, limit 5%',
    ]);
    expect(reasons({ asked: 10_000, answered: 8_999 })).toEqual([
      'only 8,999 of 10,000 entries (89.99%) were answered, at least 90% expected',
    ]);
    expect(reasons({ usersBefore: 10_000, removed: 9_999 })).toEqual([
      '9,999 of 10,000 users (99.99%) would be removed, limit 5%',
    ]);
  });
});

describe('a baseline', () => {
  test('is judged by its coverage alone', () => {
    const empty = { baseline: true, usersBefore: 0, grantsBefore: 0, adminGrantsBefore: 0, granted: 500 };
    expect(reasons(empty)).toEqual([]);
    expect(reasons({ ...empty, answered: 3_599 })).toHaveLength(1);
  });
});

describe('the verdict', () => {
  test('is the same for the same plan, and never without a reason where it is to hold', () => {
    fc.assert(
      fc.property(figures(), limits(), (plan, bounds) => {
        const verdict = checkPlan(plan, bounds);
        expect(checkPlan(plan, bounds)).toEqual(verdict);
        if (!verdict.publish) expect(verdict.reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  test('gains no reason when a limit is loosened', () => {
    fc.assert(
      fc.property(figures(), limits(), limits(), (plan, one, other) => {
        const subjects = (bounds: GuardLimits) => subjectsOf(checkPlan(plan, bounds));
        const loosened = subjects(loosest(one, other));
        for (const subject of loosened) expect(subjects(one)).toContain(subject);
      }),
    );
  });

  test('is to hold for every set that is lost as a whole, of whatever size', () => {
    fc.assert(
      fc.property(figures(), limits(), (plan, bounds) => {
        const everybodyGone = { ...plan, baseline: false, removed: plan.usersBefore };
        expect(checkPlan(everybodyGone, bounds).publish && plan.usersBefore > 0).toBe(false);
        const nothingLeft = { ...plan, baseline: false, revoked: plan.grantsBefore };
        expect(checkPlan(nothingLeft, bounds).publish && plan.grantsBefore > 0).toBe(false);
      }),
    );
  });
});

/** What each reason is about, without its arithmetic: that of a loosened limit differs. */
function subjectsOf(verdict: ReturnType<typeof checkPlan>): string[] {
  if (verdict.publish) return [];
  return verdict.reasons.map((reason) => reason.replace(/(, limit|, at least).*/, '').replace(/\(.*\)/, ''));
}

function loosest(a: GuardLimits, b: GuardLimits): GuardLimits {
  return {
    maxRemovedPercent: Math.max(a.maxRemovedPercent, b.maxRemovedPercent),
    maxRevokedPercent: Math.max(a.maxRevokedPercent, b.maxRevokedPercent),
    maxGrantedPercent: Math.max(a.maxGrantedPercent, b.maxGrantedPercent),
    maxAdminChanges: Math.max(a.maxAdminChanges, b.maxAdminChanges),
    minCoveragePercent: Math.min(a.minCoveragePercent, b.minCoveragePercent),
  };
}

function limits(): fc.Arbitrary<GuardLimits> {
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  return fc.record({
    maxRemovedPercent: percent,
    maxRevokedPercent: percent,
    maxGrantedPercent: percent,
    maxAdminChanges: fc.nat(50),
    minCoveragePercent: percent,
  });
}

/** Figures a plan can have: nobody loses what was not held, and admin roles are among all. */
function figures(): fc.Arbitrary<PlanFigures> {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const size = fc.oneof(fc.nat(12), fc.nat(1e6));
  return fc
    .record({
      baseline: fc.boolean(),
      sizes: fc.tuple(size, size, size),
      shares: fc.tuple(share, share, share, share, share),
      granted: size,
      others: fc.oneof(fc.constant(0), size),
    })
    .map(({ baseline, sizes: [users, grants, asked], shares: [a, b, c, d, e], granted, others }) => {
      const adminGrantsBefore = Math.round(grants * a);
      const revoked = Math.round(grants * b);
      return {
        baseline,
        usersBefore: users,
        grantsBefore: grants,
        adminGrantsBefore,
        removed: Math.round(users * c),
        revoked,
        granted,
        adminGranted: Math.round(granted * d),
        adminRevoked: Math.min(adminGrantsBefore, revoked),
        asked,
        answered: Math.round(asked * e),
        population: asked + others,
      };
    });
}

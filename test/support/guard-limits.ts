import type { GuardLimits } from '../../src/core/guard.ts';

/** What they are where nobody sets others. */
export const USUAL_GUARD_LIMITS: GuardLimits = {
  maxRemovedPercent: 5,
  maxRevokedPercent: 10,
  maxGrantedPercent: 25,
  maxAdminChanges: 20,
  minCoveragePercent: 90,
};

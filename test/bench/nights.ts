import { NO_CHURN } from '../../src/simulator/churn-rates.ts';
import type { NightOptions } from '../../src/simulator/churn.ts';

/** In this order, on one database. */
export const NIGHTS = ['baseline', 'unchanged', 'logins', 'churn'] as const;
export type Night = (typeof NIGHTS)[number];

/** One person in a hundred. */
const ONE_PERCENT = {
  ...NO_CHURN,
  botGrants: 0.0025,
  botRevokes: 0.002,
  groupJoins: 0.001,
  groupLeaves: 0.001,
  nameChanges: 0.001,
  statusChanges: 0.001,
  rightsChanges: 0.0005,
  joins: 0.0005,
  leaves: 0.0005,
};

/** What the account goes through in the day before each night; the first one finds it as it was made. */
export const DAYS: Readonly<Record<Night, NightOptions | null>> = {
  baseline: null,
  unchanged: { churn: NO_CHURN, loginsMove: 0 },
  // 60% of the people: 88% of them are active, and nobody else logs in.
  logins: { churn: NO_CHURN, loginsMove: 0.6 / 0.88 },
  churn: { churn: ONE_PERCENT, loginsMove: 0 },
};

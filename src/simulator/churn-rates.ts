/** What happens between two nights. A share above zero stands for one person at least. */
export interface ChurnRates {
  /** Shares of the people. */
  readonly joins: number;
  readonly leaves: number;
  readonly returns: number;
  readonly statusChanges: number;
  readonly nameChanges: number;
  readonly emailChanges: number;
  readonly rightsChanges: number;
  readonly botGrants: number;
  readonly botRevokes: number;
  readonly groupJoins: number;
  readonly groupLeaves: number;
  readonly taskAssigns: number;
  readonly taskUnassigns: number;
  readonly rosterDrops: number;
  /** Numbers: they do not grow with the company. */
  readonly adminGrants: number;
  readonly adminRevokes: number;
  readonly groupRenames: number;
  readonly roleRenames: number;
  readonly botRenames: number;
}

/** An ordinary day: far below anything that should make a careful reader hold a night back. */
export const USUAL_CHURN: ChurnRates = {
  joins: 0.004,
  leaves: 0.003,
  returns: 0.0005,
  statusChanges: 0.004,
  nameChanges: 0.002,
  emailChanges: 0.002,
  rightsChanges: 0.002,
  botGrants: 0.008,
  botRevokes: 0.006,
  groupJoins: 0.006,
  groupLeaves: 0.004,
  taskAssigns: 0.003,
  taskUnassigns: 0.002,
  rosterDrops: 0.001,
  adminGrants: 2,
  adminRevokes: 1,
  groupRenames: 1,
  roleRenames: 1,
  botRenames: 1,
};

/** A day on which nothing happens: the night after it says what the night before it said. */
export const NO_CHURN: ChurnRates = {
  joins: 0,
  leaves: 0,
  returns: 0,
  statusChanges: 0,
  nameChanges: 0,
  emailChanges: 0,
  rightsChanges: 0,
  botGrants: 0,
  botRevokes: 0,
  groupJoins: 0,
  groupLeaves: 0,
  taskAssigns: 0,
  taskUnassigns: 0,
  rosterDrops: 0,
  adminGrants: 0,
  adminRevokes: 0,
  groupRenames: 0,
  roleRenames: 0,
  botRenames: 0,
};

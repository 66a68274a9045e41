/** What analysts ask of a year of nights, and how long it may take. */
export interface Question {
  readonly what: string;
  readonly sql: string;
  /** Null where nothing was promised. */
  readonly limitMs: number | null;
}

const EMAIL = `email = 'user00000777@example.com'`;
const THEN = `now() - interval '20 days'`;

export const QUESTIONS: readonly Question[] = [
  { what: 'what one person can do', sql: `SELECT * FROM directory.role_grants WHERE ${EMAIL}`, limitMs: 5 },
  {
    what: 'what one person could do 20 days ago',
    sql: `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE ${EMAIL}`,
    limitMs: 5,
  },
  {
    what: 'all that happened to one person',
    sql: `SELECT * FROM directory.changes WHERE ${EMAIL}`,
    limitMs: 5,
  },
  {
    what: 'from when to when one person held what',
    sql: `SELECT * FROM directory.role_grant_history WHERE ${EMAIL}`,
    limitMs: 5,
  },
  {
    what: 'who held a role on a bot 20 days ago',
    sql: `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE role_name = 'Role 17' AND bot_name = 'Bot 17'`,
    limitMs: 50,
  },
  {
    what: 'who held an admin role 20 days ago',
    sql: `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE role_name = 'Role 203'`,
    limitMs: 50,
  },
  {
    what: 'who held a role on any bot 20 days ago',
    sql: `SELECT * FROM directory.role_grants_as_of(${THEN}) WHERE role_name = 'Role 17'`,
    limitMs: null,
  },
  {
    what: 'the changes of one night',
    sql: 'SELECT * FROM directory.changes WHERE run_id = (SELECT max(run_id) - 100 FROM directory.nights)',
    limitMs: 100,
  },
  {
    what: 'the changes of admin roles in a year',
    sql: `SELECT * FROM directory.role_changes WHERE scope = 'admin'`,
    limitMs: null,
  },
  {
    what: 'the net change of one day',
    sql: `SELECT * FROM directory.changes_between(now() - interval '5 days', now() - interval '4 days')`,
    limitMs: null,
  },
  {
    what: 'the net change of one person in 50 days',
    sql: `SELECT * FROM directory.changes_between(now() - interval '50 days', now())
           WHERE user_id = (SELECT user_id FROM directory.users WHERE ${EMAIL})`,
    limitMs: null,
  },
  {
    what: 'the holders of admin roles, night by night',
    sql: `SELECT * FROM directory.role_holders_over_time WHERE scope = 'admin'`,
    limitMs: null,
  },
  {
    what: 'what one group gives to whom',
    sql: `SELECT * FROM directory.access_by_group WHERE group_name = 'Group 17'`,
    limitMs: null,
  },
];

/** An API of Kore.ai, as advice has to name it. */
export interface Api {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Each API has its own: an app may hold the one and not the other. */
  readonly scope: string;
  /** Its name in the Admin Console. */
  readonly title: string;
}

export const USERS_INFO: Api = {
  name: 'usersInfo',
  method: 'POST',
  scope: 'User Management > User Management',
  title: 'Get User Information',
};

export const ALL_USER_ROLES: Api = {
  name: 'alluserroles',
  method: 'GET',
  scope: 'Profile Management > Role Management',
  title: 'Get User Roles Details',
};
